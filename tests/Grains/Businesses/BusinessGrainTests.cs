using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Businesses;

/// <summary>What a crash between the two commits of a creation or a deletion leaves behind.</summary>
public sealed class BusinessGrainTests
{
    private static readonly Member Member = new([GrainCluster.Business]);

    [Fact]
    public async Task A_place_whose_widget_is_gone_is_not_listed_and_is_given_to_another()
    {
        await using var cluster = await GrainCluster.Start();
        var business = cluster.Grains.GetGrain<IBusinessGrain>(GrainCluster.Business);
        var ids = new List<string>();
        for (var number = 0; number < WidgetBounds.WidgetsMax; number++)
            ids.Add((await business.CreateWidget(Member, New())).Value!.Id);

        // The deletion's first commit without its second; a creation's first without its second looks the same.
        await cluster.Grains.GetGrain<IWidgetGrain>(ids[4]).Delete(Member, GrainCluster.Business);
        await cluster.Forget(business);

        Assert.DoesNotContain(ids[4], (await List(business)).Select(widget => widget.Id));
        Assert.NotNull((await business.CreateWidget(Member, New())).Value);
        var full = (await business.CreateWidget(Member, New())).Refusal!;
        Assert.Equal("business", Assert.Single(full.Errors).Path);
        Assert.Equal(WidgetBounds.WidgetsMax, (await List(business)).Count);
    }

    [Fact]
    public async Task A_deletion_may_be_repeated_until_it_was_answered()
    {
        await using var cluster = await GrainCluster.Start();
        var business = cluster.Grains.GetGrain<IBusinessGrain>(GrainCluster.Business);
        var id = (await business.CreateWidget(Member, New())).Value!.Id;
        await cluster.Grains.GetGrain<IWidgetGrain>(id).Delete(Member, GrainCluster.Business);

        Assert.Null(await business.DeleteWidget(Member, id));
        Assert.Equal(RefusalCode.NotFound, (await business.DeleteWidget(Member, id))!.Code);
    }

    [Fact]
    public async Task A_creation_that_arrives_after_its_place_was_freed_makes_no_widget()
    {
        await using var cluster = await GrainCluster.Start();
        var command = New();
        var widget = cluster.Grains.GetGrain<IWidgetGrain>(command.WidgetId);
        await widget.Delete(Member, GrainCluster.Business);
        await cluster.Forget(widget);

        Assert.Equal(RefusalCode.NotFound, (await widget.Create(Member, command)).Refusal!.Code);
    }

    [Fact]
    public async Task A_creation_may_be_repeated_and_takes_one_place()
    {
        await using var cluster = await GrainCluster.Start();
        var business = cluster.Grains.GetGrain<IBusinessGrain>(GrainCluster.Business);
        var command = New();

        var first = (await business.CreateWidget(Member, command)).Value!;
        var second = (await business.CreateWidget(Member, command)).Value!;

        Assert.Equal((first.Id, first.CreatedAt), (second.Id, second.CreatedAt));
        Assert.Single(await List(business));
    }

    private static async Task<IReadOnlyList<WidgetView>> List(IBusinessGrain business) =>
        (await business.ListWidgets(Member)).Value!.Widgets;

    private static CreateWidget New() => new(
        Identifiers.New(Identifiers.WidgetPrefix), GrainCluster.Business, new WidgetSettings { Name = "Shop" },
        [1, 2, 3], []);
}
