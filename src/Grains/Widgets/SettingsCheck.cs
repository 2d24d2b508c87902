using System.Collections.Immutable;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Widgets;

/// <summary>Collects what is wrong with a widget's settings, so that one answer names all of it.</summary>
/// <param name="alreadyWrong">Fields that could not be read; they get no further error.</param>
internal sealed class SettingsCheck(WidgetSettings settings, ImmutableArray<FieldError> alreadyWrong)
{
    /// <summary>Of these a session gets one where its address is <see cref="AddressPool.Auto"/>.</summary>
    private const string AddressList = "allowedDepositAddresses";

    private readonly List<FieldError> errors = [.. alreadyWrong];
    private readonly HashSet<string> unreadable = [.. alreadyWrong.Select(error => Item(error.Path))];

    public IReadOnlyList<FieldError> Errors => errors;

    public void Add(string path, string problem)
    {
        if (!unreadable.Contains(path)) errors.Add(new(path, problem));
    }

    /// <summary>Checks a field by its declaration.</summary>
    public void Field(WidgetField field)
    {
        switch (field.Of(settings))
        {
            case string text when field.Rule is { } rule:
                if ((rule.Problem(text) ?? NotAllowed(field, text)) is { } problem) Add(field.Name, problem);
                break;
            case ImmutableArray<string> items:
                List(field, items);
                break;
            case int and < 1:
                Add(field.Name, "must be at least 1");
                break;
        }
    }

    private void List(WidgetField field, ImmutableArray<string> items)
    {
        if (items.Length > field.ItemsMax)
        {
            Add(field.Name, $"must have at most {field.ItemsMax} items");
            return;
        }

        for (var index = 0; index < items.Length; index++)
            if (field.Rule!.Problem(items[index]) is { } problem)
                Add($"{field.Name}[{index}]", problem);
    }

    /// <summary>Null where the field's list allows the value, or is itself wrong and can't be used.</summary>
    private string? NotAllowed(WidgetField field, string value)
    {
        if (field.AllowedByField is not { } list || errors.Exists(error => error.Path.Split('[')[0] == list.Name))
            return null;
        var allowed = (ImmutableArray<string>)list.Of(settings)!;
        if (value != AddressPool.Auto || list.Name != AddressList) return new AllowedValues(allowed).Problem(value);
        return allowed.Any(address => EvmAddress.Problem(address) is null)
            ? null
            : $"can be {AddressPool.Auto} only with 0x… addresses in {AddressList}";
    }

    /// <summary>A field, or one item of a list: an error deeper in it makes it unreadable as a whole.</summary>
    private static string Item(string path) => path.Split('.')[0];
}
