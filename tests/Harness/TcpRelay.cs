using System.Net;
using System.Net.Sockets;

namespace Bleepay.Tests.Harness;

/// <summary>Stands between clients and a service, and passes the bytes of their connections on.</summary>
internal sealed class TcpRelay : IDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Lock gate = new();
    private readonly List<Connection> open = [];
    private readonly SemaphoreSlim lost = new(0);
    private Uri[] targets;
    private int next;

    private TcpRelay(Uri[] targets)
    {
        this.targets = targets;
        listener.Start();
        _ = Accept();
    }

    public static TcpRelay To(string url) => new([new Uri(url)]);

    /// <summary>Sends new connections to these services in turn, as a load balancer does.</summary>
    public void Aim(params string[] urls) => Volatile.Write(ref targets, [.. urls.Select(url => new Uri(url))]);

    /// <summary>Closes new connections at once.</summary>
    public void Refuse() => Aim();

    /// <summary>
    /// Lets nothing more pass on the connections that are open, not even their end, as when a phone has changed its
    /// network. New ones are passed on.
    /// </summary>
    public void Swallow()
    {
        lock (gate)
        {
            foreach (var connection in open) connection.IsSwallowed = true;
        }
    }

    /// <summary>Waits for a request on a connection that is swallowed; each counts once.</summary>
    public Task RequestIsLost() => lost.WaitAsync(end.Token);

    /// <summary>The same URL by way of the relay.</summary>
    public string Through(string url)
    {
        var own = (IPEndPoint)listener.LocalEndpoint;
        return new UriBuilder(url) { Scheme = "http", Host = $"{own.Address}", Port = own.Port }.Uri.AbsoluteUri;
    }

    public void Dispose()
    {
        end.Cancel();
        listener.Dispose();
        lock (gate)
        {
            foreach (var connection in open) connection.Dispose();
        }

        end.Dispose();
    }

    private async Task Accept()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(end.Token);
                var services = Volatile.Read(ref targets);
                if (services.Length > 0) _ = Pass(client, services[next++ % services.Length]);
                else client.Dispose();
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task Pass(TcpClient client, Uri service)
    {
        var connection = new Connection(client);
        lock (gate) open.Add(connection);
        try
        {
            await connection.Service.ConnectAsync(service.Host, service.Port, end.Token);
            var (near, far) = (client.GetStream(), connection.Service.GetStream());
            await Task.WhenAny(
                connection.Pump(near, far, () => lost.Release(), end.Token),
                connection.Pump(far, near, () => { }, end.Token));
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException)
        {
            // The service does not listen, or the test is over.
        }

        if (!connection.IsSwallowed) connection.Dispose();
    }

    private sealed class Connection(TcpClient client) : IDisposable
    {
        private volatile bool isSwallowed;

        public TcpClient Service { get; } = new();

        public bool IsSwallowed
        {
            get => isSwallowed;
            set => isSwallowed = value;
        }

        /// <param name="swallowed">Called for bytes that are not passed on.</param>
        public async Task Pump(NetworkStream from, NetworkStream to, Action swallowed, CancellationToken end)
        {
            try
            {
                var buffer = new byte[BufferSize];
                while (await from.ReadAsync(buffer, end) is > 0 and var read)
                {
                    if (isSwallowed) swallowed();
                    else await to.WriteAsync(buffer.AsMemory(0, read), end);
                }
            }
            catch (Exception closed) when (closed is OperationCanceledException or IOException)
            {
                // It is closed by one side, or the test is over.
            }
        }

        public void Dispose()
        {
            client.Dispose();
            Service.Dispose();
        }
    }
}
