using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// A statement over a batch, whose text is written once. The text asks for each parameter where it needs it: the first
/// mention gives a parameter its number, and the values are later added in the order of the numbers.
/// </summary>
/// <typeparam name="TBatch">What the values of one execution are taken from.</typeparam>
internal sealed class PostgreSqlStatement<TBatch>
{
    private readonly List<Func<TBatch, NpgsqlParameter>> values = [];
    private readonly string sql;

    /// <param name="write">Returns the text.</param>
    public PostgreSqlStatement(Func<PostgreSqlStatement<TBatch>, string> write) => sql = write(this);

    /// <summary>Rows of the batch, whose columns the text can mention.</summary>
    public ParameterRows<TRow> Rows<TRow>(Func<TBatch, TRow[]> rows) =>
        new(column => Add(batch => column.ArrayOf(rows(batch))));

    /// <summary>A parameter with a single value, in the text as <c>$7</c>.</summary>
    public string Value<TValue>(Func<TBatch, TValue> value) =>
        Add(batch => new NpgsqlParameter<TValue> { TypedValue = value(batch) });

    public NpgsqlBatchCommand Command(TBatch batch)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(value(batch));
        return command;
    }

    private string Add(Func<TBatch, NpgsqlParameter> value)
    {
        values.Add(value);
        return $"${values.Count}";
    }
}

/// <summary>Rows as parameters of a statement: an array for each column that the text mentions.</summary>
/// <param name="add">Adds a column to the parameters, and returns its parameter in the text.</param>
internal sealed class ParameterRows<TRow>(Func<Column<TRow>, string> add)
{
    private readonly Dictionary<Column<TRow>, string> mentioned = [];

    /// <summary>The array of a column, in the text as <c>$7::text[]</c>.</summary>
    public string this[Column<TRow> column]
    {
        get
        {
            if (!mentioned.TryGetValue(column, out var text))
                mentioned[column] = text = $"{add(column)}::{column.Type}[]";
            return text;
        }
    }

    /// <summary>The rows as a table with these columns.</summary>
    /// <param name="alias">The name of the table in the statement.</param>
    public string As(string alias, params IReadOnlyList<Column<TRow>> columns) =>
        $"unnest({string.Join(", ", columns.Select(column => this[column]))}) " +
        $"as {alias} ({string.Join(", ", columns.Select(column => column.Name))})";
}
