using System.Collections.Immutable;
using System.Text.Json;
using Bleepay.Grains;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Http.Json;

/// <summary>
/// The known fields of a body by their JSON types. Whatever can't be read is reported, not thrown, so that
/// one answer names all of it; null counts as absent, and unknown fields are left alone.
/// </summary>
internal sealed class JsonFields
{
    private static readonly JsonDocument Empty = JsonDocument.Parse("{}");

    private readonly JsonElement body;

    /// <summary>Set only when a name is written with escapes: not every such name can be asked of the body.</summary>
    private readonly Dictionary<string, JsonElement>? unescaped;

    private readonly List<FieldError> errors;
    private readonly HashSet<string> faulty;

    public JsonFields(JsonElement body)
    {
        var faults = JsonFaults.In(body);
        errors = [.. faults.Reported];
        faulty = new HashSet<string>(faults.Fields, StringComparer.Ordinal);
        this.body = body;
        if (!faults.HasEscapedNames) return;
        unescaped = new(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject()) unescaped[CleanJson.NameOf(member)] = member.Value;
    }

    /// <summary>The fields of a body, or of an empty one where it could not be read.</summary>
    public static JsonFields Of(JsonDocument? body) => new(body?.RootElement ?? Empty.RootElement);

    public ImmutableArray<FieldError> Errors => [.. errors];

    public void Add(string path, string problem) => errors.Add(new(path, problem));

    /// <summary>Reports a field that must be there and is not.</summary>
    public void Require(string name)
    {
        if (Find(name) is null && !faulty.Contains(name)) Wrong(name, "is required");
    }

    /// <summary>True when the body has this member, null or not.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>True when the body has this member as null.</summary>
    public bool IsNull(string name) => TryGet(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Reports a field that may be absent and must not be null.</summary>
    public void RequireIfGiven(string name)
    {
        if (Has(name) && Find(name) is null && !faulty.Contains(name)) Wrong(name, "must not be null");
    }

    public string? String(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : Wrong(name, "must be a string");

    /// <summary>An object as minified JSON.</summary>
    public string? Object(string name, int depthMax) =>
        ObjectElement(name, depthMax) is { } value ? CleanJson.Minify(value) : null;

    /// <summary>An object that is not deeper than allowed.</summary>
    public JsonElement? ObjectElement(string name, int depthMax)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) Wrong(name, "must be a JSON object");
        else if (CleanJson.Depth(value) > depthMax) Wrong(name, $"must be at most {depthMax} levels deep");
        else return value;
        return null;
    }

    public int? WholeNumber(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return number;
        Wrong(name, $"must be a whole number of at most {int.MaxValue}");
        return null;
    }

    public bool? Boolean(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Wrong(name, "must be true or false");
        return null;
    }

    /// <summary>
    /// Strings; an absent list is empty. An item that can't be read is empty too, so that the others are
    /// checked under their own index.
    /// </summary>
    public ImmutableArray<string> Strings(string name)
    {
        if (!TryGet(name, out var value) || value.ValueKind == JsonValueKind.Null) return [];
        if (errors.Exists(error => error.Path == name)) return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, "must be an array of strings");
            return [];
        }

        if (value.GetArrayLength() > WidgetBounds.ListItemsMax)
        {
            Wrong(name, $"must have at most {WidgetBounds.ListItemsMax} items");
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>(value.GetArrayLength());
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var path = $"{name}[{index++}]";
            if (item.ValueKind != JsonValueKind.String) Add(path, "must be a string");
            texts.Add(CleanJson.IsCleanText(item) ? item.GetString()! : "");
        }

        return texts.ToImmutable();
    }

    /// <summary>A value of the enum, written as <see cref="ApiWords"/> writes it.</summary>
    public object? Enumeration(string name, Type type)
    {
        if (String(name) is not { } word) return null;
        if (ApiWords.Parse(type, word) is { } value) return value;
        Wrong(name, $"must be one of: {string.Join(", ", ApiWords.Of(type))}");
        return null;
    }

    private JsonElement? Find(string name) =>
        TryGet(name, out var value) && value.ValueKind != JsonValueKind.Null && !faulty.Contains(name) ? value : null;

    /// <summary>Of a name that is given twice, which is reported, the last.</summary>
    private bool TryGet(string name, out JsonElement value) =>
        unescaped is null ? body.TryGetProperty(name, out value) : unescaped.TryGetValue(name, out value);

    private string? Wrong(string name, string problem)
    {
        Add(name, problem);
        faulty.Add(name);
        return null;
    }
}
