using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Webhooks;

/// <summary>Every address of a host name, from the system's resolver.</summary>
/// <exception cref="SocketException">There is none.</exception>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation);

/// <summary>
/// The way to endpoints. A name is resolved here, all its addresses are checked, and the connection goes to one of
/// those that were checked: no second look-up can lead elsewhere.
/// </summary>
public sealed class WebhookNetwork(ResolveHost resolve, IOptions<WebhookOptions> options)
{
    /// <summary>The addresses of a host.</summary>
    /// <exception cref="AddressNotAllowedException">One of them is not of the public internet.</exception>
    /// <exception cref="SocketException">There is none.</exception>
    public async Task<IPAddress[]> Resolve(string host, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await resolve(host, cancellation);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        return options.Value.AllowPrivateNetworks || addresses.All(PublicAddress.Is)
            ? addresses
            : throw new AddressNotAllowedException();
    }

    /// <summary>A connection to the first of the checked addresses that takes one.</summary>
    public async ValueTask<Stream> Connect(DnsEndPoint host, CancellationToken cancellation)
    {
        var addresses = await Resolve(host.Host, cancellation);
        for (var index = 0; ; index++)
        {
            var socket = new Socket(addresses[index].AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            {
                NoDelay = true,
            };
            try
            {
                await socket.ConnectAsync(addresses[index], host.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (index + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}

/// <summary>A name leads to an address that no webhook may be sent to.</summary>
public sealed class AddressNotAllowedException()
    : Exception("The host resolves to an address outside the public internet.");
