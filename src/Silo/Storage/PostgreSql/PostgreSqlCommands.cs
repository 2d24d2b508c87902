using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Single statements whose parameters are <c>$1</c>, <c>$2</c> and so on, in the order of the
/// values.</summary>
internal static class PostgreSqlCommands
{
    public static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <returns>The number of rows that the statement has changed.</returns>
    public static int Execute(this PostgreSqlDatabase database, string sql, params ReadOnlySpan<object?> values)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(sql, values) } };
        return batch.ExecuteNonQuery();
    }

    public static List<TRow> Read<TRow>(
        this PostgreSqlDatabase database,
        string sql,
        Func<NpgsqlDataReader, TRow> read,
        params ReadOnlySpan<object?> values)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(sql, values) } };
        using var row = batch.ExecuteReader();
        var found = new List<TRow>();
        while (row.Read()) found.Add(read(row));
        return found;
    }
}
