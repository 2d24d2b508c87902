using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// A client without a credential holds more connections than the process may have descriptors. FLOOD_TEST_CONNECTIONS
/// sets how many.
/// </summary>
public sealed class ConnectionFloodTests(ITestOutputHelper output) : IDisposable
{
    private const int Descriptors = 2_048;

    /// <summary>What the service takes by default with that limit.</summary>
    private const int Taken = 1_280;

    private const int Requests = 20;

    private static readonly int Connections = int.Parse(
        Environment.GetEnvironmentVariable("FLOOD_TEST_CONNECTIONS") ?? "2500", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly List<Socket> held = [];

    public void Dispose()
    {
        foreach (var socket in held) socket.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Connections_without_a_byte_block_no_other_client_and_are_closed_without_an_error()
    {
        await using var service = await ServiceProcess.Start(folder.Path, descriptors: Descriptors);
        var widget = await service.Api.CreateWidget();

        await Connect(service, Connections, "");

        // One that comes while the last place is being freed is closed, and comes again.
        await Eventually.Holds("clients are served", Deadline, () => IsServed(service, widget));
        await MustServe(service, widget);

        // The others are closed as well, once they have been silent for long enough.
        var elapsed = Stopwatch.StartNew();
        var closed = await Task.WhenAll(held.Take(Connections - Taken).Select(IsClosedCleanly)).WaitAsync(Deadline);
        output.WriteLine($"{closed.Length} connections were closed within {elapsed.Elapsed.TotalSeconds:F0} s");
        Assert.DoesNotContain(false, closed);
        MustBeAlive(service);
    }

    [Fact]
    public async Task Connections_with_half_a_request_keep_others_out_until_they_are_gone()
    {
        await using var service = await ServiceProcess.Start(folder.Path, descriptors: Descriptors);
        var widget = await service.Api.CreateWidget();

        await Connect(service, Connections, "GET /health/live HTTP/1.1\r\n");
        await Eventually.Holds("a further connection is closed at once", Deadline, async () =>
        {
            using var socket = await Open(service);
            return await IsClosedCleanly(socket);
        });
        foreach (var socket in held) socket.Dispose();

        await Eventually.Holds("clients are served again", Deadline, () => IsServed(service, widget));
        await MustServe(service, widget);
        MustBeAlive(service);
    }

    private async Task Connect(ServiceProcess service, int connections, string begin)
    {
        for (var number = 0; number < connections; number++)
        {
            var socket = await Open(service);
            held.Add(socket);
            try
            {
                if (begin.Length > 0) await socket.SendAsync(Encoding.ASCII.GetBytes(begin));
            }
            catch (SocketException)
            {
                // It was one too many.
            }
        }
    }

    private static async Task<Socket> Open(ServiceProcess service)
    {
        var address = new Uri(service.Address);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        return socket;
    }

    /// <summary>True when the service ends the connection, as it does by a FIN, and false for a reset.</summary>
    private static async Task<bool> IsClosedCleanly(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[256]).WaitAsync(Deadline) >= 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>On new connections, as probes open them.</summary>
    private static async Task MustServe(ServiceProcess service, TestWidget widget)
    {
        for (var number = 0; number < Requests; number++)
        {
            using var http = new HttpClient { BaseAddress = new Uri(service.Address) };
            var api = new Api(http);
            (await api.Get("/health/live")).MustBeOk();
            (await api.CreateSession(widget)).MustBeOk();
        }
    }

    private static async Task<bool> IsServed(ServiceProcess service, TestWidget widget)
    {
        using var http = new HttpClient { BaseAddress = new Uri(service.Address) };
        try
        {
            return (await new Api(http).CreateSession(widget)).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static void MustBeAlive(ServiceProcess service)
    {
        Assert.DoesNotContain("Out of memory", service.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", service.Console, StringComparison.OrdinalIgnoreCase);
    }
}
