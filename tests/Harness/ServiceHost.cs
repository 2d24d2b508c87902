using Bleepay.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The real service in this process: Kestrel on a free port, SQLite in a separate folder.
/// </summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly FileLogger log;

    private ServiceHost(WebApplication app, FileLogger log)
    {
        this.app = app;
        this.log = log;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    /// <summary>Adds no credential.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Everything that this service has logged so far.</summary>
    public string LogText => log.ReadAll();

    /// <param name="folder">The folder of the database; with the same one, a later service finds the same data.</param>
    /// <param name="settings">Settings beside those of the tests.</param>
    /// <param name="compose">Changes the composition, where no setting does.</param>
    public static async Task<ServiceHost> Start(
        string folder,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? compose = null)
    {
        TestLog.RememberProviders(settings ?? new Dictionary<string, string?>());
        var log = new FileLogger(TestLog.NewFile("service"));
        var app = SiloHost.Build(["--urls", "http://127.0.0.1:0", "--environment", "Production"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(Tokens.Settings);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Bleepay"] = $"Data Source={Path.Combine(folder, "bleepay.db")}",
                ["Cluster:SiloPort"] = $"{FreePort.Several(1)[0]}",
            });
            builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
            compose?.Invoke(builder);
            builder.Logging.ClearProviders();
            builder.Logging.Services.Configure<LoggerFilterOptions>(filter =>
            {
                filter.Rules.Clear();
                filter.MinLevel = LogLevel.Trace;
            });
            builder.Logging.AddProvider(log);
        });
        await app.StartAsync();
        return new ServiceHost(app, log);
    }

    /// <summary>Asks the service to stop, as SIGTERM would; ends when it has.</summary>
    public Task Stop() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        log.Dispose();
    }
}
