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
/// Settings of the networks, section <c>Chains</c>: one entry a network, and <c>Default</c>.
/// </summary>
public sealed class ChainsOptions : Dictionary<string, ChainOptions>
{
    public const string Section = "Chains";
    public const string DefaultName = "Default";

    public ChainsOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>How many confirmations make a payment on this network final.</summary>
    public int ConfirmationsFor(string network) =>
        (Find(network) ?? Find(DefaultName))?.Confirmations ?? ChainOptions.ConfirmationsDefault;

    private ChainOptions? Find(string name) => TryGetValue(name, out var chain) ? chain : null;
}

/// <summary>Settings of one network.</summary>
public sealed class ChainOptions
{
    public const int ConfirmationsDefault = 12;
    public const int ConfirmationsMax = 10_000;

    /// <summary>Needed before a payment is final. The default value is 12.</summary>
    public int Confirmations { get; set; } = ConfirmationsDefault;
}

/// <summary>
/// Refuses a start with settings that no session could keep; names the variable that would fix it.
/// </summary>
public sealed class DepositSessionOptionsValidator
    : IValidateOptions<DepositSessionOptions>, IValidateOptions<ChainsOptions>
{
    public ValidateOptionsResult Validate(string? name, DepositSessionOptions options) =>
        options.Lifetime < DepositSessionOptions.LifetimeMin || options.Lifetime > DepositSessionOptions.LifetimeMax
            ? ValidateOptionsResult.Fail(
                $"Sessions__Lifetime is {options.Lifetime}; set it to {DepositSessionOptions.LifetimeMin}–" +
                $"{DepositSessionOptions.LifetimeMax} (the API promises 00:30:00).")
            : ValidateOptionsResult.Success;

    public ValidateOptionsResult Validate(string? name, ChainsOptions options)
    {
        var failures = options
            .Where(chain => chain.Value.Confirmations is < 1 or > ChainOptions.ConfirmationsMax)
            .Select(chain =>
                $"Chains__{chain.Key}__Confirmations is {chain.Value.Confirmations}; set it to 1–" +
                $"{ChainOptions.ConfirmationsMax}.")
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
