using System.IO.Pipelines;
using System.Net;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;
using Bleepay.Tests.Silo.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>A follower that reads nothing of its event stream.</summary>
public sealed class SlowFollowerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider clock = new(TestStore.Now);

    [Fact]
    public async Task One_that_takes_nothing_is_cut_off_and_one_that_reads_in_time_is_not()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0));
        var connection = new Connection();
        using var follower = Follow();

        var stream = new SessionEventStream(follower, null).ExecuteAsync(Request(pipe, connection));
        clock.Advance(SessionEventStream.TakenWithin - TimeSpan.FromMilliseconds(1));
        await Take(pipe);
        Assert.False(connection.IsAborted);

        await Eventually.True(
            () =>
            {
                clock.Advance(SessionEventStream.TakenWithin);
                return stream.IsCompleted;
            },
            Deadline, () => "the stream waits on");
        Assert.True(connection.IsAborted);
    }

    private SessionFollower Follow()
    {
        var follower = new LiveSessions(
            null!, new UnknownSessionHomes(), Options.Create(new LimitOptions()), clock,
            NullLogger<LiveSessions>.Instance)
            .Join("dep_1", IPAddress.Loopback);
        follower.Session.Update(SessionRules.View(TestStore.Opened("dep_1"), TestStore.Now));
        return follower;
    }

    private DefaultHttpContext Request(Pipe pipe, Connection connection)
    {
        var http = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection()
                .AddLogging()
                .AddOptions()
                .AddSingleton<TimeProvider>(clock)
                .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
                .AddSingleton<ClockWatch>()
                .AddSingleton<Readiness>()
                .BuildServiceProvider(),
        };
        http.Features.Set<IHttpResponseBodyFeature>(new Body(pipe.Writer));
        http.Features.Set<IHttpRequestLifetimeFeature>(connection);
        return http;
    }

    /// <summary>Reads what there is, and waits until the stream has written the next.</summary>
    private static async Task Take(Pipe pipe)
    {
        var read = await pipe.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        var next = await pipe.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
        pipe.Reader.AdvanceTo(next.Buffer.Start);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Body(PipeWriter writer) : StreamResponseBodyFeature(Stream.Null), IHttpResponseBodyFeature
    {
        PipeWriter IHttpResponseBodyFeature.Writer => writer;
    }
}
