using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage.Sqlite;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Gives a silo its storage: sessions in our own store, everything else by the stock providers.
/// </summary>
internal static class StorageHost
{
    /// <summary>
    /// The name under which Orleans loads Microsoft.Data.Sqlite; it knows the driver by no other.
    /// </summary>
    private const string SqliteInvariant = "System.Data.SQLite";

    /// <summary>
    /// The reminder service asks for what is due so often, and keeps what is due within the window. Short,
    /// because one refresh is what it takes to adopt the sessions of a silo that has died.
    /// </summary>
    private static readonly TimeSpan ReminderRefresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReminderWindow = TimeSpan.FromSeconds(90);

    public static ISiloBuilder AddStorage(this ISiloBuilder silo, SqliteDatabase database)
    {
        silo.AddAdoNetGrainStorage(WidgetGrain.StorageName, options =>
        {
            options.Invariant = SqliteInvariant;
            options.ConnectionString = database.ConnectionString;
        });
        silo.UseSystemTextJsonGrainStorageSerializer();
        silo.UseAdoNetReminderService((AdoNetReminderTableOptions options) =>
        {
            options.Invariant = SqliteInvariant;
            options.ConnectionString = database.ConnectionString;
        });
        silo.Configure<ReminderOptions>(options =>
        {
            options.RefreshReminderListPeriod = ReminderRefresh;
            options.ReminderLoadingWindow = ReminderWindow;
        });
        silo.Services.PutSessionsBeforeOtherReminders();

        silo.Services.AddSingleton(database);
        silo.Services.AddSingleton<SqliteSchema>();
        silo.Services.AddSingleton<ISessionDialect, SqliteSessionDialect>();
        silo.Services.AddSingleton<SessionStore>();
        silo.Services.AddGrainStorage(
            DepositSessionGrain.StorageName,
            (services, _) => ActivatorUtilities.CreateInstance<SessionGrainStorage>(services));
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SchemaAtStart>();
        return silo;
    }

    /// <summary>
    /// The stock table's type is internal, so it is found by its registration, registered again as itself,
    /// and ours takes its place in front.
    /// </summary>
    private static void PutSessionsBeforeOtherReminders(this IServiceCollection services)
    {
        var stock = services.Last(service => service.ServiceType == typeof(IReminderTable));
        services.Remove(stock);
        services.AddSingleton(stock.ImplementationType!);
        services.AddSingleton<IReminderTable>(provider =>
            ActivatorUtilities.CreateInstance<SessionReminderTable>(
                provider, (IReminderTable)provider.GetRequiredService(stock.ImplementationType!)));
    }

    /// <summary>
    /// The schema comes before everything that reads it; the stock providers load their queries from it.
    /// </summary>
    private sealed class SchemaAtStart(SqliteSchema schema) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) =>
            lifecycle.Subscribe(nameof(SchemaAtStart), ServiceLifecycleStage.First, _ =>
            {
                schema.Migrate();
                return Task.CompletedTask;
            });
    }
}
