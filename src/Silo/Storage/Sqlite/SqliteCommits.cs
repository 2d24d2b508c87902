using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The commits of a connection, one at a time. Used by one thread.</summary>
internal sealed class SqliteCommits(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement begin = new(connection, "begin immediate");
    private readonly SqliteStatement commit = new(connection, "commit");
    private readonly SqliteStatement rollback = new(connection, "rollback");

    /// <summary>Makes a change in one commit, durable when it returns. If it throws, nothing is stored.</summary>
    public T Run<T>(Func<T> change)
    {
        begin.Execute();
        try
        {
            var result = change();
            commit.Execute();
            return result;
        }
        catch
        {
            // After some failures SQLite has rolled back already, and another rollback would be an error.
            if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) rollback.Execute();
            throw;
        }
    }

    public void Dispose()
    {
        begin.Dispose();
        commit.Dispose();
        rollback.Dispose();
    }
}
