using System.Data.Common;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Retention;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;

namespace Bleepay.Silo.Storage;

/// <summary>The database of a silo.</summary>
internal interface IDatabase
{
    StorageProvider Provider { get; }

    /// <summary>The name under which Orleans' stock providers load the driver.</summary>
    string Invariant { get; }

    string ConnectionString { get; }

    /// <summary>
    /// Gives the stock providers their connections; null where they open their own by <see cref="ConnectionString"/>.
    /// </summary>
    DbDataSource? StockSource { get; }

    /// <summary>
    /// Brings the schema to this release's version, each step exactly once, also while other nodes start.
    /// </summary>
    /// <exception cref="SchemaTooNewException">A newer release has written this database.</exception>
    void Migrate(ILogger logger);

    /// <summary>True before the first widget was made.</summary>
    bool HasNoWidget();

    /// <summary>Opens the sessions' own tables, once they are there.</summary>
    ISessionTables Sessions();

    /// <summary>
    /// Reads on a connection that is for reads only, with statements that are the same on every database. All of them
    /// see the same moment. None holds up a write.
    /// </summary>
    /// <param name="cancellation">Ends the statement that runs, also in the database.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<T> ReadSnapshot<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellation);

    /// <summary>A time as the columns of this database hold it.</summary>
    object Timestamp(DateTimeOffset time);

    /// <summary>The condition that a column is one of the values of a parameter.</summary>
    /// <param name="parameter">Its value is made by <see cref="Values"/>.</param>
    string IsOneOf(string column, string parameter);

    /// <summary>Texts as the parameter of <see cref="IsOneOf"/> holds them.</summary>
    object Values(IReadOnlyList<string> texts);

    /// <summary>
    /// The condition of a list that a session is of the business <c>@business</c> and has this value, in the words for
    /// which the list's index is used.
    /// </summary>
    /// <param name="column">The column, or what the index has of it.</param>
    /// <param name="value">A parameter, or a constant in quotes.</param>
    string Indexed(string column, string value);

    /// <summary>The same for an index of all businesses: it has the value only.</summary>
    /// <inheritdoc cref="Indexed"/>
    string IndexedAlone(string column, string value);

    /// <summary>The condition that a session has this value, in words for which no index is used.</summary>
    /// <inheritdoc cref="Indexed"/>
    string Unindexed(string column, string value);

    /// <summary>Opens the tables of webhooks. The schema must be there.</summary>
    WebhookTables Webhooks();

    /// <summary>Opens what the watchers of chains need. The schema must be there.</summary>
    ChainTables Chains();

    /// <summary>Opens what finds and deletes old sessions. The schema must be there.</summary>
    IRetentionTable Retention();
}
