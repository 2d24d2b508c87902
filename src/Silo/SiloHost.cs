using System.Net;
using Bleepay.Gateway;
using Bleepay.Gateway.Credentials;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Demo;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo;

/// <summary>The whole service in one process: gateway, grains and their storage.</summary>
public static class SiloHost
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Composes the service from its settings; it serves once it is started.</summary>
    /// <param name="args">Settings on the command line, such as <c>--urls http://127.0.0.1:9000</c>.</param>
    /// <param name="configure">A last word on the composition, for hosts that embed the service.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = SettingsFolder,
        });
        if (!IsToldWhereToListen(builder.Configuration)) builder.WebHost.UseUrls(DefaultUrl);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        configure?.Invoke(builder);

        var database = new SqliteDatabase(
            builder.Configuration.GetConnectionString(StorageOptions.ConnectionName)
            ?? throw new OptionsValidationException(
                StorageOptions.ConnectionName, typeof(string), ["ConnectionStrings__Bleepay is not set."]));
        AddEmbeddedKey(builder.Configuration, database);

        builder.Services.AddGateway(builder.Configuration);
        builder.Services.AddHostedService<DemoWidget>();
        builder.UseOrleans(silo => silo
            .UseLoopbackCluster(builder.Configuration)
            .AddBleepay(builder.Configuration, database));

        var app = builder.Build();

        // The host would first build the silo, whose own checks end at one wrong setting, in a stack trace.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseGateway();
        return app;
    }

    /// <summary>
    /// Gives a silo this product's settings and storage; its grains come with the reference.
    /// </summary>
    internal static ISiloBuilder AddBleepay(
        this ISiloBuilder silo, IConfiguration configuration, SqliteDatabase database)
    {
        var services = silo.Services;
        services.AddOptions<StorageOptions>()
            .Bind(configuration.GetSection(StorageOptions.Section))
            .ValidateOnStart();
        services.AddOptions<DepositSessionOptions>()
            .Bind(configuration.GetSection(DepositSessionOptions.Section))
            .ValidateOnStart();
        services.AddOptions<ChainsOptions>()
            .Configure(chains => configuration.GetSection(ChainsOptions.Section).Bind(chains))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<DepositSessionOptions>, DepositSessionOptionsValidator>();
        services.AddSingleton<IValidateOptions<ChainsOptions>, DepositSessionOptionsValidator>();
        return silo.AddStorage(database);
    }

    /// <summary>A cluster of this process alone, on loopback: a file can have one owner.</summary>
    private static ISiloBuilder UseLoopbackCluster(this ISiloBuilder silo, ConfigurationManager configuration)
    {
        var section = configuration.GetSection(ClusterSettings.Section);
        silo.Services.AddOptions<ClusterSettings>().Bind(section).ValidateOnStart();
        silo.Services.AddSingleton<IValidateOptions<ClusterSettings>, ClusterSettingsValidator>();

        var cluster = section.Get<ClusterSettings>() ?? new();
        return silo.UseLocalhostClustering(
            cluster.SiloPort, cluster.GatewayPort, (IPEndPoint?)null, cluster.ServiceId, cluster.ClusterId);
    }

    /// <summary>The settings file of the working directory, or that beside the program.</summary>
    private static string SettingsFolder =>
        File.Exists("appsettings.json") ? Directory.GetCurrentDirectory() : AppContext.BaseDirectory;

    /// <summary>
    /// An address in the settings file would win over the environment, so the default is set here.
    /// </summary>
    private static bool IsToldWhereToListen(ConfigurationManager configuration) =>
        new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }
            .Any(key => !string.IsNullOrEmpty(configuration[key]));

    private static void AddEmbeddedKey(ConfigurationManager configuration, SqliteDatabase database)
    {
        var keys = $"{SecretOptions.Section}:{nameof(SecretOptions.Keys)}";
        if (configuration.GetSection(keys).GetChildren().Any()) return;
        configuration.AddInMemoryCollection([new($"{keys}:0", EmbeddedKey.At(database.Path))]);
    }
}
