using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Bleepay.Grains.MetadataSchemas.Values;

/// <summary>Reads a JSON value into a <see cref="JsonValue"/>, or reports where and why it cannot be one.</summary>
internal sealed class JsonValueReader(int depthMax)
{
    public SchemaViolation? Problem { get; private set; }

    public bool TryRead(JsonElement element, [NotNullWhen(true)] out JsonValue? value)
    {
        var read = Read(element, InstancePath.Root, depth: 1);
        value = Problem is null ? read : null;
        return value is not null;
    }

    private JsonValue Read(JsonElement element, InstancePath path, int depth) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element, path, depth),
        JsonValueKind.Array => ReadArray(element, path, depth),
        JsonValueKind.String => new JsonValue.String(ReadString(element.GetString, path)),
        JsonValueKind.Number => new JsonValue.Number(JsonNumber.Parse(element.GetRawText())),
        JsonValueKind.True => new JsonValue.Boolean(true),
        JsonValueKind.False => new JsonValue.Boolean(false),
        JsonValueKind.Null => new JsonValue.Null(),
        _ => throw new ArgumentException("The element belongs to no document.", nameof(element)),
    };

    private JsonValue.Object ReadObject(JsonElement element, InstancePath path, int depth)
    {
        var members = new OrderedDictionary<string, JsonValue>(StringComparer.Ordinal);
        if (IsTooDeep(path, depth))
            return new JsonValue.Object(members);

        foreach (var member in element.EnumerateObject())
        {
            var name = ReadString(() => member.Name, path);
            members[name] = Read(member.Value, path.Property(name), depth + 1);
        }

        return new JsonValue.Object(members);
    }

    private JsonValue.Array ReadArray(JsonElement element, InstancePath path, int depth)
    {
        var items = new List<JsonValue>();
        if (IsTooDeep(path, depth))
            return new JsonValue.Array(items);

        foreach (var item in element.EnumerateArray())
            items.Add(Read(item, path.Item(items.Count), depth + 1));

        return new JsonValue.Array(items);
    }

    private bool IsTooDeep(InstancePath path, int depth)
    {
        if (depth <= depthMax)
            return false;

        var message = $"must not be nested more than {depthMax} deep";
        Problem ??= new SchemaViolation(path.ToString(), message);
        return true;
    }

    /// <summary>
    /// RFC 8259 §8.2 allows half of a surrogate pair, which has no length in characters and no UTF-8 form.
    /// System.Text.Json throws when it is read, and can't be asked beforehand.
    /// </summary>
    private string ReadString(Func<string?> read, InstancePath path)
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
