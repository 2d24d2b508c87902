using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Silo.Storage.Webhooks;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Reminders;
using Orleans.Runtime.Hosting;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Gives a silo its storage: sessions in our own store, everything else by the stock providers.
/// </summary>
internal static class StorageHost
{
    /// <summary>
    /// The reminder service reads at this interval, and keeps what is due within the window. Short, because the
    /// sessions of a silo that has died are adopted at the next refresh.
    /// </summary>
    private static readonly TimeSpan ReminderRefresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReminderWindow = TimeSpan.FromSeconds(90);

    /// <summary>The database that the settings name. Nothing is opened yet.</summary>
    /// <exception cref="OptionsValidationException">The settings name none that there is.</exception>
    public static IDatabase DatabaseOf(IConfiguration configuration)
    {
        var connection = configuration.GetConnectionString(StorageOptions.ConnectionName);
        if (string.IsNullOrWhiteSpace(connection)) throw Invalid("ConnectionStrings__Bleepay is not set.");
        var known = ProviderOf(configuration);

        try
        {
            return known == StorageProvider.Sqlite
                ? new SqliteDatabase(connection)
                : new PostgreSqlDatabase(connection);
        }
        catch (ArgumentException malformed)
        {
            throw Invalid($"ConnectionStrings__Bleepay can't be read for {known}: {malformed.Message}");
        }
    }

    /// <exception cref="OptionsValidationException">The settings name none that there is.</exception>
    public static StorageProvider ProviderOf(IConfiguration configuration)
    {
        var provider = configuration[$"{StorageOptions.Section}:{nameof(StorageOptions.Provider)}"];
        return Enum.TryParse<StorageProvider>(provider ?? nameof(StorageProvider.Sqlite), true, out var known)
            ? known
            : throw Invalid($"Storage__Provider is {provider}; set it to Sqlite or PostgreSql.");
    }

    private static OptionsValidationException Invalid(string failure) =>
        new(StorageOptions.Section, typeof(StorageOptions), [failure]);

    public static ISiloBuilder AddStorage(this ISiloBuilder silo, IDatabase database)
    {
        silo.AddAdoNetGrainStorage(WidgetGrain.StorageName, options =>
        {
            options.Invariant = database.Invariant;
            options.ConnectionString = database.StockSource is null ? database.ConnectionString : null;
            options.DataSource = database.StockSource;
        });
        silo.AddAdoNetGrainStorage(ChainWatcherGrain.StorageName, options =>
        {
            options.Invariant = database.Invariant;
            options.ConnectionString = database.StockSource is null ? database.ConnectionString : null;
            options.DataSource = database.StockSource;
        });
        silo.UseSystemTextJsonGrainStorageSerializer();
        silo.UseAdoNetReminderService((AdoNetReminderTableOptions options) =>
        {
            options.Invariant = database.Invariant;
            options.ConnectionString = database.StockSource is null ? database.ConnectionString : null;
            options.DataSource = database.StockSource;
        });
        silo.Configure<ReminderOptions>(options =>
        {
            options.RefreshReminderListPeriod = ReminderRefresh;
            options.ReminderLoadingWindow = ReminderWindow;
        });
        silo.Services.AddKeyedSingleton<TimeProvider>(
            ReminderTimeProviderNames.Reminders,
            (services, _) => new MillisecondClock(
                services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains)));
        silo.Services.PutSessionsBeforeOtherReminders();

        // By a factory, so that the container disposes of it.
        silo.Services.AddSingleton(_ => database);
        silo.Services.AddSingleton(_ => database.Sessions());
        silo.Services.AddSingleton<SessionStore>();
        silo.Services.AddSingleton<ISessionStore>(services => services.GetRequiredService<SessionStore>());
        silo.Services.AddSingleton<WidgetChanges>();
        if (database is PostgreSqlDatabase shared)
        {
            silo.Services.AddHostedService(services =>
                ActivatorUtilities.CreateInstance<PostgreSqlWidgetChanges>(services, shared));
        }

        silo.Services.AddSingleton<ListReads>();
        silo.Services.AddSingleton<SessionLists>();
        silo.Services.AddSingleton<IWebhookLists, WebhookLists>();
        silo.Services.AddSingleton(_ => database.Chains());
        silo.Services.AddSingleton<IChainStore, ChainStore>();
        silo.Services.AddSingleton<UnmatchedPaymentStore>();
        silo.Services.AddSingleton<IUnmatchedPayments>(
            services => services.GetRequiredService<UnmatchedPaymentStore>());
        silo.Services.AddSingleton(_ => database.Webhooks());
        silo.Services.AddSingleton<WebhookStore>();
        silo.Services.AddSingleton<IWebhookStore>(services => services.GetRequiredService<WebhookStore>());
        silo.Services.AddGrainStorage(
            WebhookEndpointGrain.StorageName,
            (services, _) => ActivatorUtilities.CreateInstance<WebhookEndpointStorage>(services));
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SchemaAtStart>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StoreSeriesAtStart>();
        return silo;
    }

    /// <summary>
    /// The stock table's type is internal, so it is found by its registration, registered again as itself,
    /// and the table of sessions takes its place in front.
    /// </summary>
    private static void PutSessionsBeforeOtherReminders(this IServiceCollection services)
    {
        var stock = services.Last(service => service.ServiceType == typeof(IReminderTable));
        services.Remove(stock);
        services.AddSingleton(stock.ImplementationType!);
        services.AddSingleton<IReminderTable>(provider =>
            ActivatorUtilities.CreateInstance<SessionReminderTable>(
                provider,
                (IReminderTable)provider.GetRequiredService(stock.ImplementationType!),
                () => provider.GetRequiredService<ISiloStatusOracle>().GetApproximateSiloStatuses(true).Count));
    }
}
