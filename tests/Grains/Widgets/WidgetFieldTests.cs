using System.Collections.Immutable;
using Bleepay.Grains.Widgets;

namespace Bleepay.Tests.Grains.Widgets;

/// <summary>A widget's field is declared once, so its declaration has to be complete.</summary>
public sealed class WidgetFieldTests
{
    [Fact]
    public void Every_text_and_every_list_declares_its_rule() =>
        Assert.Equal(
            ["metadataSchema"],
            from field in WidgetField.All
            where (field.Type == typeof(string) || field.Type == typeof(ImmutableArray<string>)) && field.Rule is null
            select field.Name);

    [Fact]
    public void Every_default_is_allowed_by_a_list() =>
        Assert.All(
            WidgetField.All.Where(field => field.Name.StartsWith("default", StringComparison.Ordinal)),
            field => Assert.Equal(typeof(ImmutableArray<string>), field.AllowedByField?.Type));

    [Fact]
    public void A_change_sets_the_given_fields_alone()
    {
        var old = new WidgetSettings { Name = "Old", Emoji = "🍕", AllowedNetworks = ["polygon"], MaxOpenSessions = 3 };
        var given = new WidgetSettings { Name = "New", Color = "#00000000" };

        foreach (var field in WidgetField.All)
        {
            var changed = WidgetChange.Apply(old, new UpdateWidget(null, given, [field.Name], []));

            Assert.All(WidgetField.All, other => Assert.Equal(
                other == field ? other.Of(given) : other.Of(old), other.Of(changed)));
        }

        Assert.Equal("Old", old.Name);
    }
}
