using System.Security.Cryptography;
using Bleepay.Gateway;
using Bleepay.Gateway.Health;
using Bleepay.Grains;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Chains;
using Bleepay.Silo.Cluster;
using Bleepay.Silo.Demo;
using Bleepay.Silo.Ops;
using Bleepay.Silo.Retention;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Silo.Telemetry;
using Bleepay.Silo.Webhooks;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Bleepay.Silo;

/// <summary>The whole service in one process: gateway, grains and their storage.</summary>
public static class SiloHost
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>For requests to end and grains to leave. An orchestrator has to allow for more.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ClusterDrain = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often idle grains are collected. One collection deactivates every grain that became idle since the last. At
    /// Orleans' default of a minute that is hundreds of thousands at once, which stalls every request.
    /// </summary>
    private static readonly TimeSpan CollectionPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Size of the grain directory cache. Sessions are not in it, but every made-up id of a widget is; a million
    /// entries, Orleans' default, would take 340 MB.
    /// </summary>
    private const int GrainDirectoryCacheSize = 100_000;

    /// <summary>Composes the service from its settings; it serves once it is started.</summary>
    /// <param name="args">Settings on the command line, such as <c>--urls http://127.0.0.1:9000</c>.</param>
    /// <param name="configure">A last word on the composition, for hosts that embed the service.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null) =>
        Build(args, configure, isStarting: true);

    /// <summary>
    /// The same, to be checked and not to be started. It neither takes the database for itself nor makes a key.
    /// </summary>
    /// <exception cref="OptionsValidationException">A setting is wrong; other exceptions may name one too.</exception>
    internal static WebApplication BuildForCheck() => Build([], null, isStarting: false);

    /// <summary>The settings of the service, for a command beside it.</summary>
    internal static ConfigurationManager ReadSettings() => CreateBuilder([]).Configuration;

    /// <summary>The key beside an embedded database; null where there is none.</summary>
    internal static string? EmbeddedKeyOf(IDatabase database) =>
        database is SqliteDatabase file && EmbeddedKey.Exists(file.Path) ? EmbeddedKey.At(file.Path) : null;

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = SettingsFolder,
        });
        builder.Configuration.AddCredentialFiles();
        return builder;
    }

    private static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure, bool isStarting)
    {
        var builder = CreateBuilder(args);
        if (!HasUrls(builder.Configuration)) builder.WebHost.UseUrls(DefaultUrl);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        configure?.Invoke(builder);

        // HTTP answers while the rest still waits for its database or its silos: 503, and when to retry.
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ServicesStartConcurrently = true;
            host.ShutdownTimeout = ShutdownTimeout;
        });
        var telemetry = builder.AddTelemetry();
        builder.Services.AddGateway(builder.Configuration);

        var node = builder.AddNodeOptions();
        if (node.IsGateway) builder.UseOrleansClient(client => client.UseSilos(node).UseTelemetry(telemetry));
        else builder.AddSilo(node, telemetry, isStarting);

        var app = builder.Build();

        // The host would first build the silo, whose own checks end at one wrong setting, in a stack trace.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseMetricsPort(telemetry);
        app.UseGateway();
        return app;
    }

    private static void AddSilo(
        this WebApplicationBuilder builder, NodeOptions node, TelemetryOptions telemetry, bool isStarting)
    {
        var database = StorageHost.DatabaseOf(builder.Configuration);
        if (database is SqliteDatabase file)
        {
            if (isStarting) file.Own();
            AddEmbeddedKey(builder.Configuration, file, isStarting);
        }
        else
        {
            builder.Services.PostConfigure<ShutdownOptions>(options => options.Drain ??= ClusterDrain);
        }

        builder.Services.AddOps(builder.Configuration, database);
        builder.Services.AddHostedService<DemoWidget>();
        builder.UseOrleans(silo => silo
            .UseCluster(node, database)
            .UseTelemetry(telemetry)
            .AddBleepay(builder.Configuration, database));
    }

    /// <summary>
    /// Gives a silo this product's settings and storage; its grains come with the reference.
    /// </summary>
    internal static ISiloBuilder AddBleepay(
        this ISiloBuilder silo, IConfiguration configuration, IDatabase database)
    {
        var services = silo.Services;
        services.AddOptions<DepositSessionOptions>()
            .Bind(configuration.GetSection(DepositSessionOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<DepositSessionOptions>, DepositSessionOptionsValidator>();
        services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, new SlewedClock(TimeProvider.System));
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = CollectionPeriod;
            options.EnableActivationSheddingOnMemoryPressure = true;
        });
        silo.Configure<GrainDirectoryOptions>(options => options.CacheSize = GrainDirectoryCacheSize);
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SeriesAtStart>();
        return silo.AddSessionHomes().AddChains(configuration).AddWebhooks(configuration).AddStorage(database)
            .AddRetention(configuration, database);
    }

    /// <summary>Stands for the key that the first start makes, where only the settings are checked.</summary>
    private static string KeyToBeMade => Convert.ToBase64String(RandomNumberGenerator.GetBytes(ServerKey.BytesMin));

    /// <summary>The settings file of the working directory, or that beside the program.</summary>
    private static string SettingsFolder =>
        File.Exists("appsettings.json") ? Directory.GetCurrentDirectory() : AppContext.BaseDirectory;

    /// <summary>
    /// An address in the settings file would win over the environment, so the default is set here.
    /// </summary>
    private static bool HasUrls(ConfigurationManager configuration) =>
        new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }
            .Any(key => !string.IsNullOrEmpty(configuration[key]));

    private static void AddEmbeddedKey(ConfigurationManager configuration, SqliteDatabase database, bool isStarting)
    {
        var keys = $"{SecretOptions.Section}:{nameof(SecretOptions.Keys)}";
        if (configuration.GetSection(keys).GetChildren().Any()) return;
        if (!EmbeddedKey.Exists(database.Path) && database.HasSessions())
            throw new OptionsValidationException(SecretOptions.Section, typeof(SecretOptions),
            [
                $"The server key beside {database.Path} is missing, and the secrets of stored sessions are derived " +
                "from it. Restore the file from the backup, or set Secrets__Keys__0.",
            ]);
        var key = isStarting ? EmbeddedKey.At(database.Path) : EmbeddedKeyOf(database) ?? KeyToBeMade;
        configuration.AddInMemoryCollection([new($"{keys}:0", key)]);
    }
}
