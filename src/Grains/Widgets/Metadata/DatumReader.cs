using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>Reads a JSON value into a <see cref="Datum"/>, or says where and why it cannot be one.</summary>
internal sealed class DatumReader(int maximumDepth)
{
    public SchemaViolation? Problem { get; private set; }

    public bool TryRead(JsonElement element, [NotNullWhen(true)] out Datum? datum)
    {
        var read = Read(element, InstancePath.Root, depth: 1);
        datum = Problem is null ? read : null;
        return datum is not null;
    }

    private Datum Read(JsonElement element, InstancePath path, int depth) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadMap(element, path, depth),
        JsonValueKind.Array => ReadList(element, path, depth),
        JsonValueKind.String => new Datum.Text(ReadText(element.GetString, path)),
        JsonValueKind.Number => new Datum.Number(JsonNumber.Parse(element.GetRawText())),
        JsonValueKind.True => new Datum.Truth(true),
        JsonValueKind.False => new Datum.Truth(false),
        JsonValueKind.Null => new Datum.Null(),
        _ => throw new ArgumentException("The element belongs to no document.", nameof(element)),
    };

    private Datum.Map ReadMap(JsonElement element, InstancePath path, int depth)
    {
        var members = new OrderedDictionary<string, Datum>(StringComparer.Ordinal);
        if (IsTooDeep(path, depth))
            return new Datum.Map(members);

        foreach (var member in element.EnumerateObject())
        {
            var name = ReadText(() => member.Name, path);
            members[name] = Read(member.Value, path.Member(name), depth + 1);
        }

        return new Datum.Map(members);
    }

    private Datum.List ReadList(JsonElement element, InstancePath path, int depth)
    {
        var items = new List<Datum>();
        if (IsTooDeep(path, depth))
            return new Datum.List(items);

        foreach (var item in element.EnumerateArray())
            items.Add(Read(item, path.Item(items.Count), depth + 1));

        return new Datum.List(items);
    }

    private bool IsTooDeep(InstancePath path, int depth)
    {
        if (depth <= maximumDepth)
            return false;

        var message = $"must not be nested more than {maximumDepth} deep";
        Problem ??= new SchemaViolation(path.ToString(), message);
        return true;
    }

    /// <summary>
    /// RFC 8259 §8.2 lets a string hold half of a surrogate pair, which is no Unicode text: it has no length
    /// in characters and no UTF-8 form. System.Text.Json throws on reading it and offers no way to ask
    /// beforehand.
    /// </summary>
    private string ReadText(Func<string?> read, InstancePath path)
    {
        try
        {
            return read() ?? "";
        }
        catch (InvalidOperationException)
        {
            Problem ??= new SchemaViolation(path.ToString(), "must not hold half of a surrogate pair");
            return "";
        }
    }
}
