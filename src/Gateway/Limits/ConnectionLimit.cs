using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Limits;

/// <summary>
/// How many connections a node holds. Kestrel closes those over <see cref="LimitOptions.ConnectionsMax"/>. Before that
/// point is reached, connections that have not sent a byte are closed, the oldest first, so that they block neither
/// a client that sends a request at once nor a health probe.
/// </summary>
internal sealed partial class ConnectionLimit
{
    /// <summary>How long a new connection may be silent. A client that connects ahead of need connects again.</summary>
    public static readonly TimeSpan FirstByteTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// No connection is closed for others before: a client's first byte takes its way. A few milliseconds would do for
    /// most, and a flood fills the slots no faster for it.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>From a request's first byte to the end of its headers.</summary>
    public static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may be idle between requests: longer than the 60–120 s of common proxies, since the side
    /// that closes first must be the one that sends.
    /// </summary>
    public static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    private static readonly TimeSpan WarningPause = TimeSpan.FromMinutes(1);

    private readonly TimeProvider clock;
    private readonly ILogger<ConnectionLimit> logger;
    private readonly int limit;
    private readonly int crowdedAbove;
    private readonly Lock gate = new();
    private readonly LinkedList<Silent> silent = [];
    private int open;
    private long? warnedAt;

    public ConnectionLimit(IOptions<LimitOptions> options, TimeProvider clock, ILogger<ConnectionLimit> logger)
    {
        this.clock = clock;
        this.logger = logger;
        limit = options.Value.ConnectionsMax;
        crowdedAbove = limit - Math.Max(1, limit / LimitOptions.SpareShare);
    }

    /// <summary>True while too few connections are free, and silent ones are therefore closed.</summary>
    public bool IsCrowded => Volatile.Read(ref open) > crowdedAbove;

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = limit;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limit;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
        kestrel.ConfigureEndpointDefaults(endpoint =>
            endpoint.Use(next => connection => Serve(connection, next)));
    }

    /// <summary>In a crowd a connection serves one request, so that idle ones don't add up.</summary>
    public Task CloseAfterAnswer(HttpContext http, RequestDelegate next)
    {
        if (IsCrowded && HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
        return next(http);
    }

    internal async Task Serve(ConnectionContext connection, ConnectionDelegate next)
    {
        Interlocked.Increment(ref open);
        try
        {
            if (await Speaks(connection.Transport.Input)) await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    /// <returns>False when the connection has to be closed: it was silent for too long, or in a crowd.</returns>
    private async Task<bool> Speaks(PipeReader input)
    {
        var slot = Add(input);
        using var timeout = new CancellationTokenSource(FirstByteTimeout, clock);
        await using var registration = timeout.Token.UnsafeRegister(_ => Evict(slot), null);
        try
        {
            var read = await input.ReadAsync();

            // Nothing is taken, so that the next reader begins at the first byte.
            input.AdvanceTo(read.Buffer.Start);
            return Remove(slot) && !read.Buffer.IsEmpty;
        }
        catch (IOException)
        {
            // The client has left. Kestrel would log that as a failure of the service.
            Remove(slot);
            return false;
        }
    }

    private LinkedListNode<Silent> Add(PipeReader input)
    {
        LinkedListNode<Silent>? oldest;
        LinkedListNode<Silent> slot;
        lock (gate)
        {
            slot = silent.AddLast(new Silent(input, clock.GetTimestamp()));
            oldest = IsCrowded ? silent.First : null;
        }

        if (oldest is null) return slot;
        WarnOfCrowd();
        if (clock.GetElapsedTime(oldest.Value.Since) >= Grace) Evict(oldest);
        return slot;
    }

    private void Evict(LinkedListNode<Silent> slot)
    {
        if (Remove(slot)) slot.Value.Input.CancelPendingRead();
    }

    /// <returns>False when it was removed before: the caller that removes a connection decides its outcome.</returns>
    private bool Remove(LinkedListNode<Silent> slot)
    {
        lock (gate)
        {
            if (slot.List is null) return false;
            silent.Remove(slot);
            return true;
        }
    }

    private void WarnOfCrowd()
    {
        lock (gate)
        {
            if (warnedAt is { } before && clock.GetElapsedTime(before) < WarningPause) return;
            warnedAt = clock.GetTimestamp();
        }

        LogCrowd(open, limit);
    }

    [LoggerMessage(LogLevel.Warning,
        "{Open} of at most {Limit} connections are open; those that send nothing are closed")]
    private partial void LogCrowd(int open, int limit);

    /// <summary>A connection that has not sent a byte since then.</summary>
    private sealed record Silent(PipeReader Input, long Since);
}

internal static class ConnectionLimitExtensions
{
    public static void AddConnectionLimit(this IServiceCollection services)
    {
        services.AddSingleton<ConnectionLimit>();
        services.AddOptions<KestrelServerOptions>().Configure<ConnectionLimit>((kestrel, limit) =>
            limit.Configure(kestrel));
    }

    public static void UseConnectionLimit(this WebApplication app) =>
        app.Use(app.Services.GetRequiredService<ConnectionLimit>().CloseAfterAnswer);
}
