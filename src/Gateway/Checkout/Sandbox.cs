using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// Whether this process is a developer's own: only there a demo widget exists and payments can be simulated. It takes
/// both the Development environment and addresses that no other machine reaches.
/// </summary>
public sealed class Sandbox(IHostEnvironment environment, IServer server)
{
    /// <summary>The business of the demo widget, and the only one whose payments can be simulated.</summary>
    public const string BusinessId = "biz_demo";

    /// <summary>The demo widget.</summary>
    public const string WidgetId = "wdgt_abc";

    /// <summary>The only address that the demo widget allows: the second account of anvil.</summary>
    public const string DepositAddress = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    /// <summary>The addresses of this process; none before the server has started.</summary>
    public IReadOnlyCollection<string> Addresses =>
        [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>True once the server has started, if this process is a developer's own.</summary>
    public bool IsOpen => environment.IsDevelopment() && Addresses is { Count: > 0 } all && all.All(IsLoopback);

    /// <summary>True if the session's payments may be simulated. On a watched network only the chain decides.</summary>
    public bool Includes(SessionView session) =>
        session is { BusinessId: BusinessId, Target: null } && IsOpen;

    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.IsLoopback;
}
