using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bleepay.Silo.Ops;

/// <summary>
/// Writes the result of a command, as JSON or as text: an object as lines, a list of objects as a table.
/// </summary>
internal static class OpsReport
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Json(JsonNode result) => result.ToJsonString(Indented);

    public static string Text(JsonNode result)
    {
        var text = new StringBuilder();
        if (result is JsonArray rows) Table(text, rows);
        else Lines(text, result.AsObject());
        return text.ToString().TrimEnd();
    }

    private static void Lines(StringBuilder text, JsonObject members)
    {
        var width = members.Where(member => !IsTable(member.Value)).Select(member => member.Key.Length)
            .DefaultIfEmpty().Max();
        foreach (var (name, value) in members)
        {
            if (!IsTable(value)) text.AppendLine($"{name.PadRight(width)}  {Cell(value)}");
        }

        foreach (var (name, value) in members)
        {
            if (!IsTable(value)) continue;
            text.AppendLine().AppendLine(name);
            Table(text, value!.AsArray());
        }
    }

    private static void Table(StringBuilder text, JsonArray rows)
    {
        if (rows.Count == 0)
        {
            text.AppendLine("(none)");
            return;
        }

        if (rows[0] is not JsonObject first)
        {
            foreach (var row in rows) text.AppendLine(Cell(row));
            return;
        }

        string[] columns = [.. first.Select(member => member.Key)];
        var cells = rows.Select(row => columns.Select(column => Cell(row![column])).ToArray()).ToList();
        int[] widths =
            [.. columns.Select((column, index) => Math.Max(column.Length, cells.Max(row => row[index].Length)))];
        foreach (var line in cells.Prepend(columns))
        {
            text.AppendLine(string.Join("  ", line.Select((cell, index) => cell.PadRight(widths[index]))).TrimEnd());
        }
    }

    private static bool IsTable(JsonNode? value) => value is JsonArray;

    /// <summary>
    /// Texts come from merchants' requests; a control character would reach the operator's terminal.
    /// </summary>
    private static string Cell(JsonNode? value)
    {
        if (value is null) return "-";
        var text = value is JsonValue ? value.ToString() : value.ToJsonString();
        return string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
    }
}
