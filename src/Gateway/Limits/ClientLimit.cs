using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Limits;

/// <summary>
/// Limits the rate of requests from each client address with a token bucket. It is checked before everything else, so
/// that refusing a request costs almost nothing.
/// </summary>
internal sealed class ClientLimit : IDisposable
{
    /// <summary>The name of the policy in the rate-limit headers.</summary>
    private const string Name = "address";

    private const int NetworkBytes = 8;

    private readonly LimitOptions options;
    private readonly PartitionedRateLimiter<HttpContext> buckets;

    public ClientLimit(IOptions<LimitOptions> options)
    {
        this.options = options.Value;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = this.options.Burst,
            TokensPerPeriod = this.options.RequestsPerSecond!.Value,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        };
        buckets = PartitionedRateLimiter.Create<HttpContext, IPAddress>(http => IsExempt(http)
            ? RateLimitPartition.GetNoLimiter(IPAddress.Any)
            : RateLimitPartition.GetTokenBucketLimiter(ClientOf(http.Connection.RemoteIpAddress), _ => bucket));
    }

    public RateLimiterOptions ForMiddleware => new() { GlobalLimiter = buckets, OnRejected = Refuse };

    /// <summary>Adds the client's remaining requests to every answer.</summary>
    public Task AddRateLimitHeaders(HttpContext http, RequestDelegate next)
    {
        if (!IsExempt(http))
            http.Response.OnStarting(() =>
            {
                var remaining = buckets.GetStatistics(http)?.CurrentAvailablePermits ?? 0;
                RateLimitHeaders.Add(
                    http.Response.Headers, new(Name, options.Burst, SecondsFor(options.Burst)), remaining,
                    SecondsFor(options.Burst - remaining));
                return Task.CompletedTask;
            });
        return next(http);
    }

    public void Dispose() => buckets.Dispose();

    /// <summary>
    /// The key of a client's bucket: its IPv4 address, or the /64 of its IPv6 address, which is usually one customer.
    /// </summary>
    internal static IPAddress ClientOf(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Health probes are exempt: an orchestrator sends all of them from one address.</summary>
    private static bool IsExempt(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null;

    private ValueTask Refuse(OnRejectedContext rejected, CancellationToken cancellation)
    {
        var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
            ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            : 1;
        CorsPolicyProvider.AllowAnyOrigin(rejected.HttpContext);
        return new(new ProblemResult(new Refusal(
            RefusalCode.RateLimit,
            $"This address sends more than {options.RequestsPerSecond} requests a second. Retry in {seconds} s.",
            seconds)).ExecuteAsync(rejected.HttpContext));
    }

    private int SecondsFor(long requests) => (int)Math.Ceiling((double)requests / options.RequestsPerSecond!.Value);
}

internal static class ClientLimitExtensions
{
    public static void AddClientLimit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LimitOptions>().Bind(configuration.GetSection(LimitOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<ClientLimit>();
        services.AddRateLimiter(_ => { });
    }

    /// <summary>Takes the client's address from <c>X-Forwarded-For</c>, if a trusted proxy sent the request.</summary>
    public static void UseTrustedForwarders(this WebApplication app)
    {
        var trusted = app.Services.GetRequiredService<IOptions<LimitOptions>>().Value.Forwarders;
        if (trusted.Count == 0) return;

        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in trusted) forwarded.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(forwarded);
    }

    public static void UseClientLimit(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<LimitOptions>>().Value.RequestsPerSecond is null) return;

        var limit = app.Services.GetRequiredService<ClientLimit>();
        app.Use(limit.AddRateLimitHeaders);
        app.UseRateLimiter(limit.ForMiddleware);
    }
}
