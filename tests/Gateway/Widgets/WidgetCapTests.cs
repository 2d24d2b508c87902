using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>How many sessions a widget has open at once, and opens a second.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetCapTests(ServiceFixture service)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_widget_has_as_many_open_sessions_as_its_cap_and_a_cancelled_one_frees_its_place()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", 2));
        var first = await service.Api.NewSession(widget);
        await service.Api.NewSession(widget);

        (await service.Api.CreateSession(widget)).MustBeRateLimited();
        (await service.Api.Cancel(first)).MustBeOk();
        (await service.Api.CreateSession(widget)).MustBeOk();
        (await service.Api.CreateSession(widget)).MustBeRateLimited();
    }

    [Fact]
    public async Task A_cap_holds_however_many_ask_at_once()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", 5));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 25).Select(_ => service.Api.CreateSession(widget)));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => answer.MustBeRateLimited());
    }

    [Fact]
    public async Task A_cap_by_reference_counts_each_reference_separately()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget().With("maxOpenSessionsPerReference", 1));
        JsonObject Order(string? reference) => Api.GoodSession().With("customerReference", reference);

        var first = await service.Api.NewSession(widget, Order("order-1"));
        (await service.Api.CreateSession(widget, Order("order-1"))).MustBeRateLimited();
        (await service.Api.CreateSession(widget, Order("Order-1"))).MustBeOk();
        (await service.Api.CreateSession(widget, Order("order-2"))).MustBeOk();
        (await service.Api.CreateSession(widget, Order(null))).MustBeOk();
        (await service.Api.CreateSession(widget, Order(null))).MustBeOk();

        (await service.Api.Cancel(first)).MustBeOk();
        (await service.Api.CreateSession(widget, Order("order-1"))).MustBeOk();
    }

    [Fact]
    public async Task Both_caps_hold_together_and_a_refusal_takes_no_place()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("maxOpenSessions", 2).With("maxOpenSessionsPerReference", 1));
        JsonObject Order(string reference) => Api.GoodSession().With("customerReference", reference);

        await service.Api.NewSession(widget, Order("a"));
        for (var attempt = 0; attempt < 3; attempt++)
            (await service.Api.CreateSession(widget, Order("a"))).MustBeRateLimited();
        (await service.Api.CreateSession(widget, Order("b"))).MustBeOk();
        (await service.Api.CreateSession(widget, Order("c"))).MustBeRateLimited();
    }

    [Fact]
    public async Task A_widget_opens_no_more_sessions_a_second_than_its_cap()
    {
        const int perSecond = 2;
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("maxCreationsPerSecond", perSecond));
        var elapsed = Stopwatch.StartNew();
        var opened = 0;
        var refused = false;

        await Eventually.Holds("the widget refuses", Deadline, async () =>
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => service.Api.CreateSession(widget)));
            opened += answers.Count(answer => answer.Status == HttpStatusCode.OK);
            foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            {
                answer.MustBeRateLimited();
                refused = true;
            }

            return refused;
        });

        Assert.InRange(opened, 1, perSecond + (elapsed.Elapsed.TotalSeconds * perSecond));
        await Eventually.Holds("the widget opens sessions again", Deadline, async () =>
            (await service.Api.CreateSession(widget)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Another_widget_is_not_held_up_by_a_cap()
    {
        var full = await service.Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", 1));
        await service.Api.NewSession(full);

        var other = await service.Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", 1));

        (await service.Api.CreateSession(other)).MustBeOk();
        (await service.Api.CreateSession(full)).MustBeRateLimited();
    }
}
