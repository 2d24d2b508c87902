using Bleepay.Grains;
using Bleepay.Grains.Widgets;

namespace Bleepay.Tests.Grains.Widgets;

/// <summary>Which secrets open a widget after each rotation, second by second.</summary>
public sealed class WidgetChangeTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(86_400)]
    public void The_secret_before_works_for_the_grace_to_the_second(int grace)
    {
        var widget = Rotate(New(), 2, grace, Start);

        Assert.Equal(grace > 0, IsOpenedBy(widget, 1, Start));
        Assert.Equal(grace > 0, IsOpenedBy(widget, 1, Start.AddSeconds(grace).AddTicks(-1)));
        Assert.False(IsOpenedBy(widget, 1, Start.AddSeconds(grace)));
        Assert.True(IsOpenedBy(widget, 2, Start));
        Assert.True(IsOpenedBy(widget, 2, Start.AddDays(1000)));
        Assert.False(IsOpenedBy(widget, 3, Start));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_grace_out_of_range_is_refused(int grace)
    {
        var (widget, error) = WidgetChange.Rotate(New(), Command(2, grace), Start);

        Assert.Null(widget);
        Assert.Equal("graceSeconds", error!.Path);
    }

    [Fact]
    public void Each_secret_has_its_own_grace_when_the_later_one_is_longer()
    {
        var widget = Rotate(Rotate(New(), 2, 60, Start), 3, 60, Start.AddSeconds(30));

        Assert.True(IsOpenedBy(widget, 1, Start.AddSeconds(59)));
        Assert.False(IsOpenedBy(widget, 1, Start.AddSeconds(60)));
        Assert.True(IsOpenedBy(widget, 2, Start.AddSeconds(89)));
        Assert.False(IsOpenedBy(widget, 2, Start.AddSeconds(90)));
    }

    [Fact]
    public void A_rotation_without_grace_revokes_every_secret_but_the_new_one()
    {
        var widget = Rotate(Rotate(New(), 2, 3600, Start), 3, 0, Start.AddSeconds(1));

        Assert.False(IsOpenedBy(widget, 1, Start.AddSeconds(1)));
        Assert.False(IsOpenedBy(widget, 2, Start.AddSeconds(1)));
        Assert.True(IsOpenedBy(widget, 3, Start.AddSeconds(1)));
        Assert.Empty(widget.FormerSecrets);
    }

    [Fact]
    public void Ten_secrets_may_be_in_their_grace_and_an_eleventh_waits_or_ends_all()
    {
        var widget = New();
        for (byte secret = 2; secret < 2 + WidgetBounds.FormerSecretsMax; secret++)
            widget = Rotate(widget, secret, 60, Start);
        Assert.True(IsOpenedBy(widget, 1, Start));

        Assert.Equal("graceSeconds", WidgetChange.Rotate(widget, Command(99, 60), Start).Error!.Path);
        Assert.True(IsOpenedBy(Rotate(widget, 99, 0, Start), 99, Start));
        Assert.Single(Rotate(widget, 99, 60, Start.AddSeconds(60)).FormerSecrets);
    }

    private static Widget New() =>
        new("biz_a", new WidgetSettings { Name = "Shop" }, true, [1], Start, Start);

    private static RotateSecret Command(byte secret, int grace) => new(null, grace, [secret], []);

    private static Widget Rotate(Widget widget, byte secret, int grace, DateTimeOffset now)
    {
        var (rotated, error) = WidgetChange.Rotate(widget, Command(secret, grace), now);
        Assert.Null(error);
        Assert.Equal(now, rotated!.UpdatedAt);
        return rotated;
    }

    private static bool IsOpenedBy(Widget widget, byte secret, DateTimeOffset now) =>
        WidgetRules.RefusalOf(widget, new WidgetSecretHolder([secret]), now) is null;
}
