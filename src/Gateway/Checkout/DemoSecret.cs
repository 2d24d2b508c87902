using Bleepay.Gateway.Credentials;
using Bleepay.Grains.Keys;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// The secret of the demo widget. It is derived from the server key, so that every start can show it again. No other
/// secret is ever shown twice.
/// </summary>
public static class DemoSecret
{
    private const string Purpose = "demo-widget-secret";

    /// <summary>The secret under this ring's first key.</summary>
    public static string Of(KeyRing keys) => WidgetSecrets.From(keys.Current.DeriveFor(Purpose));
}
