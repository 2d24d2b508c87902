using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

/// <summary>
/// Runs inside a service that is measured (<c>DOTNET_STARTUP_HOOKS</c>, which asks for this name), so that the service
/// needs no endpoint for it. It reports what the runtime has allocated, and the messages that Orleans has sent to other
/// processes, to each connection of a socket.
/// </summary>
internal static class StartupHook
{
    /// <summary>The variable with the socket's path.</summary>
    public const string SocketVariable = "BENCH_PROBE";

    private const byte Collect = (byte)'c';

    /// <summary>Recorded by Orleans once for each message that leaves the process.</summary>
    private const string SentMessages = "orleans-messaging-sent-messages-size";

    private static long sentMessages;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is not { Length: > 0 } path) return;
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == SentMessages) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => Interlocked.Increment(ref sentMessages));
        listener.Start();
        new Thread(() => Serve(path)) { IsBackground = true, Name = "benchmark probe" }.Start();
    }

    private static void Serve(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var question = new byte[1];
        while (true)
        {
            using var asker = listener.Accept();
            if (asker.Receive(question) != 1) continue;
            if (question[0] == Collect) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, true, true);
            asker.Send(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{GC.GetTotalAllocatedBytes()} {GC.GetTotalMemory(false)} {GC.CollectionCount(0)} " +
                $"{GC.CollectionCount(2)} {Interlocked.Read(ref sentMessages)}")));
        }
    }
}
