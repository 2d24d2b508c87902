using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>A widget's secret is replaced, and the old one stays valid for the grace period.</summary>
[Collection(ServiceFixture.Name)]
public sealed class SecretRotationTests(ServiceFixture service)
{
    private static readonly TimeSpan ShutOutWithin = TimeSpan.FromSeconds(2);

    public static TheoryData<string> BadGraces =>
        ["null", "-1", "86401", "1.5", "\"60\"", "true", "[]", "99999999999"];

    [Fact]
    public async Task The_answer_is_the_new_secret_alone()
    {
        var widget = await service.Api.CreateWidget();

        var answer = (await Rotate(widget, 60)).MustBeOk();

        Assert.Equal(["clientSecret"], answer.Body.AsObject().Select(field => field.Key));
        Assert.Matches("^wdgt_secret_[A-Za-z0-9_-]{43}$", answer["clientSecret"]);
        Assert.NotEqual(widget.Secret, answer["clientSecret"]);
    }

    [Fact]
    public async Task Without_grace_the_old_secret_is_rejected_at_once()
    {
        var before = await service.Api.CreateWidget();
        var session = await service.Api.NewSession(before);

        var after = before with { Secret = (await Rotate(before, 0)).MustBeOk()["clientSecret"]! };

        (await service.Api.CreateSession(before)).MustBeUnauthorized();
        (await service.Api.Get(before.ConfigPath, before.Secret)).MustBeUnauthorized();
        (await service.Api.CreateSession(after)).MustBeOk();
        (await service.Api.Get(after.ConfigPath, after.Secret)).MustBeOk();
        (await service.Api.Get(session.Path, session.Secret)).MustBeOk();
    }

    [Fact]
    public async Task Both_secrets_work_for_the_grace_and_then_the_new_one_alone()
    {
        const int grace = 2;
        var before = await service.Api.CreateWidget();
        var sentAt = DateTimeOffset.UtcNow;

        var after = before with { Secret = (await Rotate(before, grace)).MustBeOk()["clientSecret"]! };
        var ends = DateTimeOffset.UtcNow.AddSeconds(grace);

        while (true)
        {
            var answer = await service.Api.Get(before.ConfigPath, before.Secret);
            if (DateTimeOffset.UtcNow >= sentAt.AddSeconds(grace)) break;
            answer.MustBeOk();
        }

        await Eventually.Past(ends);
        (await service.Api.CreateSession(before)).MustBeUnauthorized();
        Assert.InRange(DateTimeOffset.UtcNow - ends, TimeSpan.Zero, ShutOutWithin);
        (await service.Api.CreateSession(after)).MustBeOk();
    }

    [Theory]
    [MemberData(nameof(BadGraces))]
    public async Task A_grace_that_is_no_number_of_seconds_within_a_day_is_refused(string grace)
    {
        var widget = await service.Api.CreateWidget();

        (await service.Api.Manage(widget, "rotate-widget-secret", new JsonObject().WithJson("graceSeconds", grace)))
            .MustRefuse("graceSeconds");

        (await service.Api.CreateSession(widget)).MustBeOk();
    }

    [Fact]
    public async Task The_grace_is_required()
    {
        var widget = await service.Api.CreateWidget();

        (await service.Api.Manage(widget, "rotate-widget-secret", new JsonObject())).MustRefuse("graceSeconds");
        (await service.Api.PostRaw(
            $"{widget.Path}/rotate-widget-secret", [], token: Tokens.For(widget.Business))).MustRefuse("body");
    }

    private Task<Answer> Rotate(TestWidget widget, int graceSeconds) => service.Api.Manage(
        widget, "rotate-widget-secret", new JsonObject().With("graceSeconds", graceSeconds));
}
