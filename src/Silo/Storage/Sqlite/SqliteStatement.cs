using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>A prepared statement with numbered parameters, <c>?1</c> and on. Used by one thread.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand command;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this folder.
        command.CommandText = sql;
#pragma warning restore CA2100
    }

    /// <returns>How many rows were changed.</returns>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return command.ExecuteNonQuery();
    }

    /// <returns>The first column of the first row, or null without a row.</returns>
    public object? Scalar(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return command.ExecuteScalar();
    }

    public SqliteDataReader Query(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return command.ExecuteReader();
    }

    public void Dispose() => command.Dispose();

    private void Bind(ReadOnlySpan<object?> values)
    {
        for (var index = command.Parameters.Count; index < values.Length; index++)
            command.Parameters.Add(new SqliteParameter { ParameterName = $"?{index + 1}" });
        for (var index = 0; index < values.Length; index++)
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
    }
}
