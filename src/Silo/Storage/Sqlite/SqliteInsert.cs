using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>A prepared insert of one row with all columns of its table. Used by one thread.</summary>
/// <param name="onConflict">The end of the statement.</param>
internal sealed class SqliteInsert<TRow>(SqliteConnection connection, Table<TRow> table, string onConflict = "")
    : IDisposable
{
    private readonly SqliteStatement statement = new(connection, $"{Into(table)} {onConflict}");

    private readonly object?[] values = new object?[table.Columns.Count];

    /// <summary>The statement, whose parameters are the columns in their order.</summary>
    public static string Into(Table<TRow> table) =>
        $"insert into {table.Name} ({table.Names}) " +
        $"values ({string.Join(", ", table.Columns.Select((_, index) => $"?{index + 1}"))})";

    /// <returns>The number of rows that were changed.</returns>
    public int Execute(TRow row)
    {
        for (var index = 0; index < values.Length; index++) values[index] = table.Columns[index].ValueOf(row);
        return statement.Execute(values);
    }

    public void Dispose() => statement.Dispose();
}
