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
    /// The condition of a list that a session is of the business <c>@business</c> and has this value, in the words for
    /// which the list's index is used.
    /// </summary>
    /// <param name="column">The column, or what the index has of it.</param>
    /// <param name="value">A parameter, or a constant in quotes.</param>
    string Indexed(string column, string value);

    /// <summary>The condition that a session has this value, in words for which no index is used.</summary>
    /// <inheritdoc cref="Indexed"/>
    string Unindexed(string column, string value);

    /// <summary>Opens the tables of webhooks, once they are there.</summary>
    IWebhookDialect Webhooks();
}
