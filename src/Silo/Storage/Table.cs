using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bleepay.Silo.Storage;

/// <summary>
/// A table of the database. Each column is declared once, in one line; the statements that insert and read rows are
/// made of these declarations.
/// </summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
internal sealed class Table<TRow>(string name)
{
    private readonly List<Column<TRow>> columns = [];

    public string Name { get; } = name;

    public IReadOnlyList<Column<TRow>> Columns => columns;

    /// <summary>All columns, separated by commas.</summary>
    public string Names => NamesBut();

    public Column<TRow, string> Text(string column, Func<TRow, string> value) =>
        Add(column, ColumnTypes.Text, value);

    public Column<TRow, string?> OptionalText(string column, Func<TRow, string?> value) =>
        Add(column, ColumnTypes.OptionalText, value);

    public Column<TRow, int> Integer(string column, Func<TRow, int> value) =>
        Add(column, ColumnTypes.Integer, value);

    public Column<TRow, long> Long(string column, Func<TRow, long> value) =>
        Add(column, ColumnTypes.Long, value);

    public Column<TRow, int?> OptionalInteger(string column, Func<TRow, int?> value) =>
        Add(column, ColumnTypes.OptionalInteger, value);

    public Column<TRow, bool> Boolean(string column, Func<TRow, bool> value) =>
        Add(column, ColumnTypes.Boolean, value);

    public Column<TRow, byte[]?> OptionalBytes(string column, Func<TRow, byte[]?> value) =>
        Add(column, ColumnTypes.OptionalBytes, value);

    public Column<TRow, DateTimeOffset> Time(string column, Func<TRow, DateTimeOffset> value) =>
        Add(column, ColumnTypes.Time, value);

    public Column<TRow, DateTimeOffset?> OptionalTime(string column, Func<TRow, DateTimeOffset?> value) =>
        Add(column, ColumnTypes.OptionalTime, value);

    /// <summary>All columns but those that a statement does not read, separated by commas.</summary>
    public string NamesBut(params Column<TRow>[] unread) => ListOf("", unread);

    /// <inheritdoc cref="NamesBut"/>
    /// <param name="alias">The name of the table in the statement.</param>
    public string NamesOf(string alias, params Column<TRow>[] unread) => ListOf($"{alias}.", unread);

    private string ListOf(string prefix, Column<TRow>[] unread) =>
        string.Join(", ", columns.Except(unread).Select(column => prefix + column.Name));

    private Column<TRow, TValue> Add<TValue>(string column, ColumnType<TValue> type, Func<TRow, TValue> value)
    {
        var added = new Column<TRow, TValue>(column, type, value) { Index = columns.Count };
        columns.Add(added);
        return added;
    }
}

/// <summary>The current row of a reader. Columns are found by their names, once for all rows.</summary>
internal sealed class Row<TRow>(DbDataReader reader, Table<TRow> table)
{
    /// <summary>One above the ordinal in the reader; zero until the column is read for the first time.</summary>
    private readonly int[] positions = new int[table.Columns.Count];

    public TValue Get<TValue>(Column<TRow, TValue> column)
    {
        ref var position = ref positions[column.Index];
        if (position == 0) position = reader.GetOrdinal(column.Name) + 1;
        return column.Read(reader, position - 1);
    }
}

/// <summary>One value of every row: its name, its type, and how to get it.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
internal abstract class Column<TRow>(string name)
{
    public string Name { get; } = name;

    /// <summary>PostgreSQL's type of the value as a parameter; the column itself may be narrower.</summary>
    public abstract string Type { get; }

    /// <summary>The values of these rows as one parameter of PostgreSQL, an array of the value's own type.</summary>
    public abstract NpgsqlParameter ArrayOf(TRow[] rows);

    /// <summary>The row's value as a parameter of SQLite.</summary>
    public abstract object? ValueOf(TRow row);

    /// <summary>The same column of rows that each hold one of these.</summary>
    public abstract Column<TOther> Of<TOther>(Func<TOther, TRow> row);
}

/// <inheritdoc/>
internal sealed class Column<TRow, TValue>(string name, ColumnType<TValue> type, Func<TRow, TValue> value)
    : Column<TRow>(name)
{
    /// <summary>The position among the columns of its table; -1 for one that is a parameter only.</summary>
    public int Index { get; init; } = -1;

    public override string Type => type.PostgreSql;

    public override NpgsqlParameter ArrayOf(TRow[] rows) => type.ArrayOf(rows, value);

    public override object? ValueOf(TRow row) => type.ToSqlite(value(row));

    public override Column<TOther> Of<TOther>(Func<TOther, TRow> row) =>
        new Column<TOther, TValue>(Name, type, other => value(row(other)));

    public TValue Read(DbDataReader reader, int ordinal) => type.Read(reader, ordinal);
}

/// <summary>How each database holds the values of one type.</summary>
/// <param name="postgreSql">PostgreSQL's name of the type.</param>
internal abstract class ColumnType<TValue>(string postgreSql)
{
    public string PostgreSql { get; } = postgreSql;

    /// <summary>The values as an array that the driver writes without boxing any of them.</summary>
    public virtual NpgsqlParameter ArrayOf<TRow>(TRow[] rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Length];
        for (var index = 0; index < rows.Length; index++) values[index] = value(rows[index]);
        return new NpgsqlParameter<TValue[]> { TypedValue = values };
    }

    public virtual object? ToSqlite(TValue value) => value;

    public abstract TValue Read(DbDataReader reader, int ordinal);
}

/// <summary>The types of all columns.</summary>
internal static class ColumnTypes
{
    public static readonly ColumnType<string> Text = new TextType();
    public static readonly ColumnType<string?> OptionalText = new OptionalTextType();
    public static readonly ColumnType<int> Integer = new IntegerType();
    public static readonly ColumnType<long> Long = new LongType();
    public static readonly ColumnType<int?> OptionalInteger = new OptionalIntegerType();
    public static readonly ColumnType<bool> Boolean = new BooleanType();
    public static readonly ColumnType<byte[]?> OptionalBytes = new OptionalBytesType();
    public static readonly ColumnType<DateTimeOffset> Time = new TimeType();
    public static readonly ColumnType<DateTimeOffset?> OptionalTime = new OptionalTimeType();

    private sealed class TextType() : ColumnType<string>("text")
    {
        public override string Read(DbDataReader reader, int ordinal) => reader.GetString(ordinal);
    }

    private sealed class OptionalTextType() : ColumnType<string?>("text")
    {
        public override string? Read(DbDataReader reader, int ordinal) =>
            reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);
    }

    private sealed class IntegerType() : ColumnType<int>("integer")
    {
        public override int Read(DbDataReader reader, int ordinal) => reader.GetInt32(ordinal);
    }

    private sealed class LongType() : ColumnType<long>("bigint")
    {
        public override long Read(DbDataReader reader, int ordinal) => reader.GetInt64(ordinal);
    }

    private sealed class OptionalIntegerType() : ColumnType<int?>("integer")
    {
        public override int? Read(DbDataReader reader, int ordinal) =>
            reader.IsDBNull(ordinal) ? null : reader.GetInt32(ordinal);
    }

    private sealed class BooleanType() : ColumnType<bool>("boolean")
    {
        public override bool Read(DbDataReader reader, int ordinal) => reader.GetBoolean(ordinal);
    }

    private sealed class OptionalBytesType() : ColumnType<byte[]?>("bytea")
    {
        public override byte[]? Read(DbDataReader reader, int ordinal) =>
            reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<byte[]>(ordinal);
    }

    /// <summary>SQLite has no type for it: there it is Unix milliseconds.</summary>
    private sealed class TimeType() : ColumnType<DateTimeOffset>("timestamptz")
    {
        public override NpgsqlParameter ArrayOf<TRow>(TRow[] rows, Func<TRow, DateTimeOffset> value)
        {
            var times = new DateTime[rows.Length];
            for (var index = 0; index < rows.Length; index++) times[index] = value(rows[index]).UtcDateTime;
            return new NpgsqlParameter<DateTime[]> { TypedValue = times };
        }

        public override object ToSqlite(DateTimeOffset value) => value.ToUnixTimeMilliseconds();

        public override DateTimeOffset Read(DbDataReader reader, int ordinal) => reader is SqliteDataReader
            ? DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(ordinal))
            : reader.GetFieldValue<DateTimeOffset>(ordinal);
    }

    private sealed class OptionalTimeType() : ColumnType<DateTimeOffset?>("timestamptz")
    {
        public override NpgsqlParameter ArrayOf<TRow>(TRow[] rows, Func<TRow, DateTimeOffset?> value)
        {
            var times = new DateTime?[rows.Length];
            for (var index = 0; index < rows.Length; index++) times[index] = value(rows[index])?.UtcDateTime;
            return new NpgsqlParameter<DateTime?[]> { TypedValue = times };
        }

        public override object? ToSqlite(DateTimeOffset? value) => value?.ToUnixTimeMilliseconds();

        public override DateTimeOffset? Read(DbDataReader reader, int ordinal) =>
            reader.IsDBNull(ordinal) ? null : Time.Read(reader, ordinal);
    }
}
