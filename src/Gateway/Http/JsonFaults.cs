using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Bleepay.Grains;

namespace Bleepay.Gateway.Http;

/// <summary>
/// What no product should store or show, and what no two readers would read alike: unclean text, and names that come
/// twice. Found in one walk, at the same cost for any body of the same length, and told in an answer of bounded size.
/// </summary>
internal sealed class JsonFaults
{
    /// <summary>So many are told; a body with more of them is hardly read field by field.</summary>
    public const int ReportedMax = 20;
    public const int PathLengthMax = 128;

    /// <summary>Objects of so many members are searched member by member; larger ones by a set of names.</summary>
    private const int SearchedMembersMax = 16;

    private const string NotClean = "must not hold control characters or lone surrogates";

    private readonly List<Step> place = [];
    private readonly List<FieldError> reported = [];
    private readonly HashSet<string> fields = new(StringComparer.Ordinal);

    private JsonFaults()
    {
    }

    /// <summary>The first faults, each by its path.</summary>
    public IReadOnlyList<FieldError> Reported => reported;

    /// <summary>Every field of the body with a fault in it, told or not.</summary>
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
            case JsonValueKind.String when !JsonText.IsCleanText(element):
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
            place.Add(new(null, index++));
            Walk(item);
            place.RemoveAt(place.Count - 1);
        }
    }

    private void WalkMembers(JsonElement element)
    {
        // A set of names is made only for what can't be searched as it stands.
        var hasEscapedName = HasEscapedName(element);
        if (place.Count == 0) HasEscapedNames = hasEscapedName;
        var names = hasEscapedName || element.GetPropertyCount() > SearchedMembersMax
            ? new HashSet<string>(StringComparer.Ordinal)
            : null;
        var index = 0;
        foreach (var member in element.EnumerateObject())
        {
            if (!JsonText.IsClean(JsonMarshal.GetRawUtf8PropertyName(member)))
                Report("has a member whose name " + NotClean);

            place.Add(new(member, 0));
            var isNew = names?.Add(JsonText.NameOf(member)) ?? !IsAmongFirst(index, member, element);
            if (!isNew) Report("must be given once; it is given again");
            Walk(member.Value);
            place.RemoveAt(place.Count - 1);
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
        if (place.Count > 0) fields.Add(JsonText.NameOf(place[0].Member!.Value));
        if (reported.Count < ReportedMax) reported.Add(new(Path(), problem));
    }

    /// <summary>Built only for what is told.</summary>
    private string Path()
    {
        if (place.Count == 0) return "body";
        var path = new StringBuilder();
        foreach (var step in place)
        {
            if (path.Length > PathLengthMax) break;
            if (step.Member is not { } member)
            {
                path.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
                continue;
            }

            var name = JsonText.NameOf(member);
            if (ReadsAmbiguously(name)) path.Append(CultureInfo.InvariantCulture, $"[\"{Printable(name)}\"]");
            else path.Append(path.Length == 0 ? "" : ".").Append(name);
        }

        return path.Length <= PathLengthMax ? path.ToString() : path.ToString(0, PathLengthMax) + "…";
    }

    private static bool ReadsAmbiguously(string name) => name.Length == 0 || name.Any(character =>
        character is '.' or '[' or ']' or '"' or '\\' || char.IsWhiteSpace(character) || char.IsControl(character));

    private static string Printable(string name) => string.Concat(name.Take(PathLengthMax).Select(character =>
        char.IsControl(character) || character is '"' or '\\'
            ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
            : character.ToString()));

    /// <param name="Member">Null for an item of an array, whose place is <paramref name="Index"/>.</param>
    private readonly record struct Step(JsonProperty? Member, int Index);
}
