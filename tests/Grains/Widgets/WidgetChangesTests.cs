using Bleepay.Grains.Widgets;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Grains.Widgets;

/// <summary>When a silo's copy of a widget is current.</summary>
public sealed class WidgetChangesTests
{
    private const string Id = "wdgt_1";
    private const int Version = 3;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider clock = new();
    private readonly WidgetChanges changes;

    public WidgetChangesTests() => changes = new(clock);

    [Fact]
    public void Where_no_other_silo_changes_widgets_only_a_change_and_its_age_end_a_copy()
    {
        var copiedAt = changes.Now;
        clock.Advance(WidgetChanges.CopyAgeMax - Tick);
        Assert.True(changes.IsCurrent(Id, Version, copiedAt));

        changes.Record("wdgt_2", Version + 1);
        changes.Record(Id, Version);
        Assert.True(changes.IsCurrent(Id, Version, copiedAt));
        clock.Advance(Tick);
        Assert.False(changes.IsCurrent(Id, Version, copiedAt));

        copiedAt = changes.Now;
        changes.Record(Id, Version + 1);
        Assert.False(changes.IsCurrent(Id, Version, copiedAt));
        Assert.True(changes.IsCurrent(Id, Version + 1, copiedAt));
    }

    [Fact]
    public void Beside_other_silos_a_copy_is_current_for_a_second_after_the_last_read_of_changes_began()
    {
        changes.ExpectOthers();
        Assert.False(changes.IsCurrent(Id, Version, changes.Now));

        var began = changes.Now;
        clock.Advance(WidgetChanges.CurrentFor / 2);
        changes.Record([], began);
        clock.Advance((WidgetChanges.CurrentFor / 2) - Tick);
        Assert.True(changes.IsCurrent(Id, Version, changes.Now));
        clock.Advance(Tick);
        Assert.False(changes.IsCurrent(Id, Version, changes.Now));
    }

    /// <summary>An owner that dropped its state when such a read is missing would refill its rate limit.</summary>
    [Fact]
    public void Only_a_later_version_supersedes_one_and_no_missing_read_of_changes()
    {
        changes.ExpectOthers();
        Assert.False(changes.IsSuperseded(Id, Version));

        changes.Record(Id, Version);
        Assert.False(changes.IsSuperseded(Id, Version));
        changes.Record(Id, Version + 1);
        Assert.True(changes.IsSuperseded(Id, Version));
    }

    [Fact]
    public void A_change_that_was_read_invalidates_older_copies()
    {
        changes.ExpectOthers();
        changes.Record([(Id, Version + 1)], changes.Now);

        Assert.False(changes.IsCurrent(Id, Version, changes.Now));
        Assert.True(changes.IsCurrent(Id, Version + 1, changes.Now));
        Assert.True(changes.IsCurrent("wdgt_2", Version, changes.Now));
    }

    [Fact]
    public void An_older_change_that_is_read_late_does_not_hide_a_newer_one()
    {
        changes.Record(Id, Version + 2);
        changes.Record([(Id, Version + 1)], changes.Now);

        Assert.False(changes.IsCurrent(Id, Version + 1, changes.Now));
    }

    [Fact]
    public void A_change_is_kept_longer_than_any_older_copy()
    {
        changes.Record(Id, Version + 1);
        var copiedAt = changes.Now;
        clock.Advance(WidgetChanges.CopyAgeMax - Tick);
        changes.Record([], changes.Now);
        Assert.False(changes.IsCurrent(Id, Version, copiedAt));
    }
}
