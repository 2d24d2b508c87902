using System.IO.Pipelines;
using Bleepay.Gateway.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Gateway.Limits;

/// <summary>How many connections a node holds, and which it closes first.</summary>
public sealed class ConnectionLimitTests
{
    private const int Most = LimitOptions.ConnectionsMin;
    private const int Spare = Most / LimitOptions.SpareShare;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider clock = new();
    private readonly ConnectionLimit limit;

    public ConnectionLimitTests() => limit = new(
        Options.Create(new LimitOptions { Connections = Most }), clock, NullLogger<ConnectionLimit>.Instance);

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            2147483648           2147483648           files     ", int.MaxValue)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max processes             1024                 1024                 processes ", null)]
    public void The_limit_of_descriptors_is_read_as_the_system_writes_it(string line, int? limit) =>
        Assert.Equal(limit, DescriptorLimit.Parse(["Limit  Soft Limit  Hard Limit  Units", line]));

    [Theory]
    [InlineData(256, 64)]
    [InlineData(1024, 256)]
    [InlineData(2048, 1280)]
    [InlineData(4096, 3072)]
    [InlineData(20_000, 15_000)]
    [InlineData(1_048_576, 50_000)]
    [InlineData(null, 10_000)]
    public void By_default_connections_are_what_the_descriptors_leave_beside_the_reserve(
        int? descriptors, int connections) =>
        Assert.Equal(connections, LimitOptions.DefaultConnections(descriptors));

    [Fact]
    public void More_connections_than_there_are_descriptors_are_refused()
    {
        if (DescriptorLimit.Read() is not { } descriptors) return;
        var fits = new LimitOptions { Connections = descriptors - LimitOptions.DescriptorReserve };
        var one = new LimitOptions { Connections = fits.Connections + 1 };

        Assert.Empty(fits.Failures());
        Assert.Contains($"{descriptors} descriptors", Assert.Single(one.Failures()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 48, 4, 24)]
    [InlineData(1280, 960, 96, 480)]
    [InlineData(50_000, 20_000, 2_000, 10_000)]
    public void Streams_get_three_quarters_of_the_connections_and_one_client_or_widget_never_all_of_them(
        int connections, int node, int address, int widget)
    {
        var options = new LimitOptions { Connections = connections };

        Assert.Equal((node, address, widget),
            (options.StreamsOnNode, options.StreamsOfAddress, options.StreamsOfWidget));
    }

    [Fact]
    public async Task A_connection_that_sends_nothing_is_closed_in_time_and_one_that_has_sent_a_byte_is_not()
    {
        var (silent, speaking) = (new Connection(limit), new Connection(limit));
        await speaking.Send("G");
        await speaking.IsServed();

        clock.Advance(ConnectionLimit.FirstByteTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(silent.Serving.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await silent.Serving.WaitAsync(Deadline);
        Assert.False(silent.WasServed);
        Assert.False(speaking.Serving.IsCompleted);
        Assert.Equal("G", await speaking.Read());
    }

    [Fact]
    public async Task In_a_crowd_the_connections_that_send_nothing_are_closed_the_oldest_first()
    {
        var connections = Enumerable.Range(0, Most - Spare).Select(_ => new Connection(limit)).ToList();
        await connections[0].Send("G");
        await connections[0].IsServed();
        Assert.False(limit.IsCrowded);

        clock.Advance(ConnectionLimit.Grace);
        var latest = new Connection(limit);

        await connections[1].Serving.WaitAsync(Deadline);
        Assert.All(connections.Skip(2).Append(connections[0]), other => Assert.False(other.Serving.IsCompleted));
        await latest.Send("G");
        await latest.IsServed();
        Assert.False(limit.IsCrowded);
    }

    [Fact]
    public async Task Beside_connections_that_are_busy_a_new_one_has_time_to_send_its_first_byte()
    {
        var busy = Enumerable.Range(0, Most - Spare).Select(_ => new Connection(limit)).ToList();
        foreach (var connection in busy)
        {
            await connection.Send("G");
            await connection.IsServed();
        }

        var (first, second) = (new Connection(limit), new Connection(limit));
        Assert.True(limit.IsCrowded);
        await second.Send("G");
        await second.IsServed();
        Assert.False(first.Serving.IsCompleted);

        clock.Advance(ConnectionLimit.Grace);
        _ = new Connection(limit);
        await first.Serving.WaitAsync(Deadline);
        Assert.All(busy.Append(second), one => Assert.False(one.Serving.IsCompleted));
    }

    /// <summary>A connection whose other end is the test, and that is served until the test ends.</summary>
    private sealed class Connection
    {
        private readonly Pipe sent = new();
        private readonly TaskCompletionSource served = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Connection(ConnectionLimit limit)
        {
            var context = new DefaultConnectionContext { Transport = new DuplexPipe(sent.Reader, new Pipe().Writer) };
            Serving = limit.Serve(context, _ =>
            {
                served.SetResult();
                return new TaskCompletionSource().Task;
            });
        }

        public Task Serving { get; }

        public bool WasServed => served.Task.IsCompleted;

        public Task IsServed() => served.Task.WaitAsync(Deadline);

        public async Task Send(string text) => await sent.Writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));

        public async Task<string> Read() =>
            System.Text.Encoding.ASCII.GetString((await sent.Reader.ReadAsync()).Buffer.FirstSpan);
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
