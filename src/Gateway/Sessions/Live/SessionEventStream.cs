using System.Globalization;
using System.Text;
using System.Text.Json;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>Server-Sent Events of one session, as the HTML standard has them (§9.2).</summary>
/// <param name="seen">The value of <c>Last-Event-ID</c>; null without it.</param>
internal sealed class SessionEventStream(SessionFollower follower, int? seen) : IResult
{
    public const string ContentType = "text/event-stream";

    /// <summary>Half of what proxies commonly allow a silent connection.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a client may leave what was sent to it. Then it is cut off: it comes back to where it was, and until
    /// then holds no memory.
    /// </summary>
    public static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(30);

    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    /// <summary>How long a client that was cut off waits before it comes back, in milliseconds.</summary>
    private static readonly byte[] Retry = "retry: 1000\n\n"u8.ToArray();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var sent = seen;
        if (IsOver(sent))
        {
            // By the standard the one answer after which a client doesn't come back.
            httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var services = httpContext.RequestServices;
        var leaving = services.GetRequiredService<Readiness>().Leaving;
        var clock = services.GetRequiredService<TimeProvider>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, leaving);
        try
        {
            await Begin(httpContext.Response, clock, end.Token);
            while (true)
            {
                foreach (var change in SessionFrames.After(sent, Session))
                {
                    await Write(httpContext.Response, Frame(change), clock, end.Token);
                    sent = change.Sequence;
                }

                if (IsOver(sent)) return;
                if (!await follower.Change(Heartbeat, end.Token))
                    await Write(httpContext.Response, Comment, clock, end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client has left, or this node is leaving and the client comes back to another.
        }
        catch (TimeoutException)
        {
            httpContext.Abort();
        }
    }

    private SessionView Session => follower.Session.Latest!;

    private bool IsOver(int? sent) => Session is { Timeline: [.., var latest] }
        && latest.Status.IsFinal()
        && latest.Sequence == sent;

    /// <summary>What every stream begins with.</summary>
    public static Task Begin(HttpResponse response, TimeProvider clock, CancellationToken cancellation)
    {
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";

        // Some proxies buffer an answer until it is complete, unless this header is set (nginx).
        response.Headers["X-Accel-Buffering"] = "no";
        return Write(response, Retry, clock, cancellation);
    }

    /// <summary>Waits until the client has taken it, or the buffers on the way to it have.</summary>
    /// <exception cref="TimeoutException">The client takes nothing.</exception>
    private static async Task Write(
        HttpResponse response, byte[] bytes, TimeProvider clock, CancellationToken cancellation)
    {
        var taken = response.BodyWriter.WriteAsync(bytes, cancellation);
        if (taken.IsCompleted) await taken;
        else await taken.AsTask().WaitAsync(TakenWithin, clock, cancellation);
    }

    /// <summary>The resource is one line: JSON escapes line breaks.</summary>
    private byte[] Frame(SessionChange change) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"event: session\nid: {change.Sequence}\ndata: {Text(SessionResource.At(Session, change))}\n\n"));

    private static string Text(SessionResource resource) =>
        JsonSerializer.Serialize(resource, ApiJson.Types.SessionResource);
}
