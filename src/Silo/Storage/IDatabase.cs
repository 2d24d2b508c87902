using System.Data.Common;

namespace Bleepay.Silo.Storage;

/// <summary>The database that a silo stands on.</summary>
internal interface IDatabase
{
    StorageProvider Provider { get; }

    /// <summary>The name under which Orleans' stock providers load the driver.</summary>
    string Invariant { get; }

    /// <summary>For the stock providers, which open connections of their own.</summary>
    string ConnectionString { get; }

    /// <summary>
    /// Brings the schema to this release's version, each step exactly once, whoever else starts.
    /// </summary>
    /// <exception cref="SchemaTooNewException">A newer release has written this database.</exception>
    void Migrate(ILogger logger);

    /// <summary>True before the first widget was made.</summary>
    bool HasNoWidget();

    /// <summary>Opens the sessions' own tables, once they are there.</summary>
    ISessionDialect Sessions();

    /// <summary>An open connection, for statements that are the same on every database.</summary>
    DbConnection Connect();

    /// <summary>A time as the columns of this database hold it.</summary>
    object Moment(DateTimeOffset time);

    /// <summary>
    /// What a filter of a list has to say beside <c>column = value</c>, so that its index is used; null where that is
    /// enough. The statement's <c>@business</c> is the list's.
    /// </summary>
    /// <param name="column">The column, or what the index has of it.</param>
    /// <param name="value">A parameter, or a constant in quotes.</param>
    string? IndexedAs(string column, string value);

    /// <summary>Opens the tables of webhooks, once they are there.</summary>
    IWebhookDialect Webhooks();
}
