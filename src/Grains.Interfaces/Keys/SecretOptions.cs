using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Keys;

/// <summary>The server's keys, section <c>Secrets</c>.</summary>
public sealed class SecretOptions
{
    public const string Section = "Secrets";

    /// <summary>
    /// Base64 of 32 bytes or more each. The first signs, all verify: to rotate, add a key last on every node,
    /// then move it first; drop an old one only when nothing stored names it.
    /// </summary>
    public IList<string> Keys { get; } = [];
}

/// <summary>Refuses a start without valid keys. Its messages never contain a key.</summary>
public sealed class SecretOptionsValidator : IValidateOptions<SecretOptions>
{
    public ValidateOptionsResult Validate(string? name, SecretOptions options)
    {
        if (options.Keys.Count == 0)
            return ValidateOptionsResult.Fail(
                "Secrets__Keys__0 is not set; set it to base64 of 32 random bytes, such as `openssl rand -base64 32`.");

        var failures = options.Keys
            .Select((key, index) => ServerKey.TryDecode(key, out _)
                ? null
                : $"Secrets__Keys__{index} must be base64 of at least {ServerKey.BytesMin} bytes.")
            .OfType<string>()
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
