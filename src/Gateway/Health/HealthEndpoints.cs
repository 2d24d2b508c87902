using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Health;

/// <summary>The probes of an orchestrator: has the node started, is it ready for requests, is it alive.</summary>
internal static class HealthEndpoints
{
    private const string Startup = "startup";
    private const string Ready = "ready";
    private const string Prefix = "/health";

    private static readonly Refusal Starting = new(
        RefusalCode.Unavailable, "The service is starting. Retry the request.", retryAfterSeconds: 2);

    private static readonly Refusal Restarting = new(
        RefusalCode.Unavailable,
        "The clock of this node was set back, and the node restarts. Retry the request.",
        retryAfterSeconds: 2);

    public static void AddHealth(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ShutdownOptions>()
            .Bind(configuration.GetSection(ShutdownOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ShutdownOptions>, ShutdownOptionsValidator>();
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ClockWatch>());
        services.AddSingleton<Readiness>();
        services.AddSingleton<INodeReadiness>(provider => provider.GetRequiredService<Readiness>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Readiness>());
        services.AddHealthChecks()
            .AddCheck<HasStarted>(Startup, tags: [Startup])
            .AddCheck<IsReady>(Ready, tags: [Ready]);
    }

    /// <summary>
    /// Liveness checks nothing else: a node is not killed for an outage of the database. Metrics of requests leave
    /// probes out, since a 503 of readiness is no failed request.
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        var probes = app.MapGroup(Prefix).DisableRateLimiting().DisableHttpMetrics();
        probes.MapHealthChecks("/startup", Tagged(Startup));
        probes.MapHealthChecks("/ready", Tagged(Ready));
        probes.MapGet("/chains", ChainHealth.Read).ExcludeFromDescription();
        probes.MapHealthChecks("/live", new HealthCheckOptions { Predicate = _ => false });
    }

    /// <summary>
    /// Before all of the node has started, and once its clock was set back by too much, everything else is answered
    /// 503 and when to retry.
    /// </summary>
    public static void UseStartGate(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        var clock = app.Services.GetRequiredService<ClockWatch>();
        app.Use((http, next) =>
        {
            var obstacle = !readiness.HasStarted ? Starting : clock.IsSetBack ? Restarting : null;
            return obstacle is null || http.Request.Path.StartsWithSegments(Prefix, StringComparison.OrdinalIgnoreCase)
                ? next(http)
                : new ProblemResult(obstacle).ExecuteAsync(http);
        });
    }

    private static HealthCheckOptions Tagged(string tag) => new() { Predicate = check => check.Tags.Contains(tag) };

    private sealed class HasStarted(Readiness readiness) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(readiness.HasStarted
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The node has not joined its cluster yet."));
    }

    private sealed class IsReady(Readiness readiness) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(readiness.IsReady
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The node is starting or stopping, or its clock was set back."));
    }
}
