using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Sessions;

/// <summary>Settings of sessions, section <c>Sessions</c>.</summary>
public sealed class DepositSessionOptions
{
    public const string Section = "Sessions";

    public static readonly TimeSpan LifetimeMin = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(7);

    /// <summary>
    /// From a session's creation to its expiry. The default value is 30 minutes, which is what the API
    /// promises; anything else is for sandboxes and tests.
    /// </summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>
/// Refuses a start with settings that no session could keep; names the variable that would fix it.
/// </summary>
public sealed class DepositSessionOptionsValidator : IValidateOptions<DepositSessionOptions>
{
    public ValidateOptionsResult Validate(string? name, DepositSessionOptions options) =>
        options.Lifetime < DepositSessionOptions.LifetimeMin || options.Lifetime > DepositSessionOptions.LifetimeMax
            ? ValidateOptionsResult.Fail(
                $"Sessions__Lifetime is {options.Lifetime}; set it to {DepositSessionOptions.LifetimeMin}–" +
                $"{DepositSessionOptions.LifetimeMax} (the API promises 00:30:00).")
            : ValidateOptionsResult.Success;
}
