namespace Bleepay.Bench.Load;

/// <summary>
/// What a service sends its telemetry to: it accepts every export by OTLP, and scrapes the service's metrics as
/// Prometheus does. It stores nothing, so that it leaves the processors to the service.
/// </summary>
internal static class Collector
{
    /// <summary>The argument by which this program is one.</summary>
    public const string Command = "collect";

    /// <summary>Three times as often as Prometheus does by default.</summary>
    private static readonly TimeSpan ScrapePeriod = TimeSpan.FromSeconds(5);

    /// <param name="metricsUrl">What is scraped, once it answers.</param>
    public static async Task Serve(Uri metricsUrl)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapPost("/v1/{signal}", static async request => await request.Request.Body.CopyToAsync(Stream.Null));
        await app.StartAsync();
        await Scrape(metricsUrl, app.Lifetime.ApplicationStopping);
        await app.WaitForShutdownAsync();
    }

    private static async Task Scrape(Uri metricsUrl, CancellationToken stopping)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(ScrapePeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    await http.GetByteArrayAsync(metricsUrl, stopping);
                }
                catch (HttpRequestException)
                {
                    // The service has not started yet, or has ended.
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }
}
