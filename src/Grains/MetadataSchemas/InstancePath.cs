using System.Globalization;
using System.Text;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// A location in the instance. It is formatted only when a violation is reported there.
/// </summary>
internal sealed class InstancePath
{
    private readonly InstancePath? parent;
    private readonly string step;

    private InstancePath(InstancePath? parent, string step)
    {
        this.parent = parent;
        this.step = step;
    }

    public static InstancePath Root { get; } = new(null, "");

    public InstancePath Property(string name)
    {
        if (ReadsAmbiguously(name))
            return new InstancePath(this, $"[{JsonValue.Quote(name)}]");

        return new InstancePath(this, parent is null ? name : $".{name}");
    }

    public InstancePath Item(int index) =>
        new(this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public override string ToString()
    {
        var steps = new Stack<string>();
        for (var path = this; path is not null; path = path.parent)
            steps.Push(path.step);

        return new StringBuilder().AppendJoin(null, steps).ToString();
    }

    private static bool ReadsAmbiguously(string name) =>
        name.Length == 0
        || name.Any(character => character is '.' or '[' or ']' or '"'
            || char.IsWhiteSpace(character) || char.IsControl(character));
}
