using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Checkout;

/// <summary>The page on which a customer pays, section <c>Checkout</c>.</summary>
public sealed class CheckoutOptions
{
    public const string Section = "Checkout";

    /// <summary>
    /// The address under which customers reach this service, such as <c>https://pay.example.com</c>: the beginning of
    /// every <c>checkoutUrl</c>. Without it, only a request to a loopback address gets one.
    /// </summary>
    public string? PublicUrl { get; set; }

    /// <summary>The URL without a slash at its end, or null where none is set.</summary>
    internal string? Prefix => string.IsNullOrEmpty(PublicUrl) ? null : PublicUrl.TrimEnd('/');
}

/// <summary>Refuses a URL that would send customers, and the secrets of their sessions, over plain http.</summary>
internal sealed class CheckoutOptionsValidator : IValidateOptions<CheckoutOptions>
{
    public ValidateOptionsResult Validate(string? name, CheckoutOptions options) =>
        options.Prefix is not { } url || IsPublic(url)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Checkout__PublicUrl is '{options.PublicUrl}'; set it to an https URL without user name, query and " +
                "fragment, such as https://pay.example.com (http only for localhost).");

    private static bool IsPublic(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0;
}
