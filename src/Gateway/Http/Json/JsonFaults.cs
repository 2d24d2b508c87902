using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Bleepay.Grains;

namespace Bleepay.Gateway.Http.Json;

/// <summary>
/// What no product should store or show, and what no two readers would read alike: unclean text, and names that come
/// twice. Found in one walk, at the same cost for any body of the same length; the answer's size is bounded.
/// </summary>
internal sealed class JsonFaults
{
    /// <summary>Most faults that an answer lists; a person does not correct more of them one by one.</summary>
    public const int ReportedMax = 20;
    public const int PathLengthMax = 128;

    /// <summary>Objects up to this number of members are searched linearly; larger ones by a set of names.</summary>
    private const int SearchedMembersMax = 16;

    private const string NotClean = "must not hold control characters or lone surrogates";

    private readonly List<Step> path = [];
    private readonly List<FieldError> reported = [];
    private readonly HashSet<string> fields = new(StringComparer.Ordinal);

    private JsonFaults()
    {
    }

    /// <summary>The first faults, each by its path.</summary>
    public IReadOnlyList<FieldError> Reported => reported;

    /// <summary>Every field of the body with a fault in it, reported or not.</summary>
    public IReadOnlySet<string> Fields => fields;

    /// <summary>True when a field of the body itself has a name that is written with escapes.</summary>
    public bool HasEscapedNames { get; private set; }

    public static JsonFaults In(JsonElement body)
    {
        var faults = new JsonFaults();
        faults.Walk(body);
        return faults;
    }

    private void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when !CleanJson.IsCleanText(element):
                Report(NotClean);
                break;
            case JsonValueKind.Array:
                WalkItems(element);
                break;
            case JsonValueKind.Object:
                WalkMembers(element);
                break;
        }
    }

    private void WalkItems(JsonElement array)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            path.Add(new(null, index++));
            Walk(item);
            path.RemoveAt(path.Count - 1);
        }
    }

    private void WalkMembers(JsonElement element)
    {
        // A set of names is made only for what can't be searched as it stands.
        var hasEscapedName = HasEscapedName(element);
        if (path.Count == 0) HasEscapedNames = hasEscapedName;
        var names = hasEscapedName || element.GetPropertyCount() > SearchedMembersMax
            ? new HashSet<string>(StringComparer.Ordinal)
            : null;
        var index = 0;
        foreach (var member in element.EnumerateObject())
        {
            if (!CleanJson.IsClean(JsonMarshal.GetRawUtf8PropertyName(member)))
                Report("has a member whose name " + NotClean);

            path.Add(new(member, 0));
            var isNew = names?.Add(CleanJson.NameOf(member)) ?? !IsAmongFirst(index, member, element);
            if (!isNew) Report("must be given once");
            Walk(member.Value);
            path.RemoveAt(path.Count - 1);
            index++;
        }
    }

    private static bool HasEscapedName(JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
            if (JsonMarshal.GetRawUtf8PropertyName(member).Contains((byte)'\\'))
                return true;
        return false;
    }

    private static bool IsAmongFirst(int count, JsonProperty wanted, JsonElement element)
    {
        var name = JsonMarshal.GetRawUtf8PropertyName(wanted);
        foreach (var member in element.EnumerateObject())
        {
            if (count-- == 0) break;
            if (JsonMarshal.GetRawUtf8PropertyName(member).SequenceEqual(name)) return true;
        }

        return false;
    }

    private void Report(string problem)
    {
        if (path.Count > 0) fields.Add(CleanJson.NameOf(path[0].Member!.Value));
        if (reported.Count < ReportedMax) reported.Add(new(FormatPath(), problem));
    }

    /// <summary>Built only for what is reported.</summary>
    private string FormatPath()
    {
        if (path.Count == 0) return "body";
        var text = new StringBuilder();
        foreach (var step in path)
        {
            if (text.Length > PathLengthMax) break;
            if (step.Member is not { } member)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
                continue;
            }

            var name = CleanJson.NameOf(member);
            if (ReadsAmbiguously(name)) text.Append(CultureInfo.InvariantCulture, $"[\"{Printable(name)}\"]");
            else text.Append(text.Length == 0 ? "" : ".").Append(name);
        }

        return text.Length <= PathLengthMax ? text.ToString() : text.ToString(0, PathLengthMax) + "…";
    }

    private static bool ReadsAmbiguously(string name) => name.Length == 0 || name.Any(character =>
        character is '.' or '[' or ']' or '"' or '\\' || char.IsWhiteSpace(character) || char.IsControl(character));

    private static string Printable(string name) => string.Concat(name.Take(PathLengthMax).Select(character =>
        char.IsControl(character) || character is '"' or '\\'
            ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
            : character.ToString()));

    /// <param name="Member">Null for an item of an array, whose index is <paramref name="Index"/>.</param>
    private readonly record struct Step(JsonProperty? Member, int Index);
}
