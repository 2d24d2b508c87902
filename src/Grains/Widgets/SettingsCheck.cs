using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Widgets;

/// <summary>Collects what is wrong with a widget's settings, so that all of it is told at once.</summary>
/// <param name="alreadyWrong">Fields that could not be read; nothing more is said of them.</param>
internal sealed class SettingsCheck(ImmutableArray<FieldError> alreadyWrong)
{
    private readonly List<FieldError> errors = [.. alreadyWrong];
    private readonly HashSet<string> unreadable = [.. alreadyWrong.Select(error => Item(error.Path))];

    public IReadOnlyList<FieldError> Errors => errors;

    public void Add(string path, string problem)
    {
        if (!unreadable.Contains(path)) errors.Add(new(path, problem));
    }

    public void Value(string path, string? value, Func<string, string?> rule)
    {
        if (value is not null && rule(value) is { } problem) Add(path, problem);
    }

    public void Text(string path, string? value, int charactersMax) =>
        Value(path, value, text => FieldRules.Characters(text, 1, charactersMax));

    public void AtLeastOne(string path, int? value)
    {
        if (value < 1) Add(path, "must be at least 1");
    }

    public void List(
        string path,
        ImmutableArray<string> items,
        Func<string, string?> rule,
        int itemsMax = WidgetBounds.ListItemsMax)
    {
        if (items.Length > itemsMax)
        {
            Add(path, $"must have at most {itemsMax} items");
            return;
        }

        for (var index = 0; index < items.Length; index++) Value($"{path}[{index}]", items[index], rule);
    }

    /// <summary>
    /// A default obeys its field's rule and is one of the allowed values. A list that has an error of its own
    /// can't be asked.
    /// </summary>
    public void Default(
        string path, string? value, Func<string, string?> rule, string list, ImmutableArray<string> allowed)
    {
        var isListWrong = errors.Exists(error => error.Path.Split('[')[0] == list);
        Value(path, value, text =>
            rule(text) ?? (isListWrong ? null : new AllowedValues(allowed).Problem(text)));
    }

    /// <summary>A field, or one item of a list: what lies deeper makes it unreadable as a whole.</summary>
    private static string Item(string path) => path.Split('.')[0];
}
