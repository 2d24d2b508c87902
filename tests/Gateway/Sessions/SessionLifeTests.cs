using System.Globalization;
using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>Which fields of a session a customer and a member can read after it was opened.</summary>
[Collection(ServiceFixture.Name)]
public sealed class SessionLifeTests(ServiceFixture service)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly string[] PublicFields =
    [
        "id", "paymentStatus", "amount", "currency", "network", "currencyAddress", "depositAddress", "txId",
        "expiresAt", "confirmedAt", "receivedAmount", "pendingAmount", "lateAmount", "confirmations",
        "requiredConfirmations", "createdAt", "sequence", "endedBy", "paymentUri",
    ];

    private static readonly string[] MemberFields =
        [
            "widgetId", "customerEmail", "customerReference", "metadata", "erasedAt", "transactions",
            "transactionsTruncated", "timeline", "timelineTruncated",
        ];

    [Fact]
    public async Task A_customer_sees_the_public_fields_of_a_session()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());

        var read = (await service.Api.Get(session.Path, session.Secret)).MustBeOk();

        Assert.Equal("application/json", read.ContentType);
        Assert.Superset(PublicFields.ToHashSet(), FieldsOf(read));
        Assert.Empty(FieldsOf(read).Intersect(MemberFields));
        Assert.DoesNotContain("clientSecret", FieldsOf(read));
        Assert.Equal(session.Id, read["id"]);
        Assert.Equal("CREATED", read["paymentStatus"]);
        Assert.Equal(("0", "0"), (read["receivedAmount"], read["pendingAmount"]));
        foreach (var (field, value) in Api.GoodSession()) Assert.Equal(value!.ToString(), read[field]);
        foreach (var field in (string[])["txId", "confirmedAt", "endedBy", "paymentUri"]) Assert.Null(read.Body[field]);
    }

    [Fact]
    public async Task A_member_sees_the_merchants_fields_as_well()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget(), Api.GoodSession()
            .With("customerEmail", "a@example.com")
            .With("customerReference", "order-1")
            .WithJson("metadata", "{\"orderId\":7}"));

        var read = await service.Api.ReadAsMember(session);

        Assert.Superset(PublicFields.Concat(MemberFields).ToHashSet(), FieldsOf(read));
        Assert.DoesNotContain("clientSecret", FieldsOf(read));
        Assert.Equal(session.Widget.Id, read["widgetId"]);
        Assert.Equal("a@example.com", read["customerEmail"]);
        Assert.Equal("order-1", read["customerReference"]);
        Assert.Equal(7, read.Body["metadata"]!["orderId"]!.GetValue<int>());
        Assert.Empty(read.Body["transactions"]!.AsArray());
        var opening = Assert.Single(read.Body["timeline"]!.AsArray())!;
        Assert.Equal(1, opening["sequence"]!.GetValue<int>());
        Assert.Equal("CREATED", opening["paymentStatus"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_session_expires_exactly_30_minutes_after_its_creation()
    {
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var session = await service.Api.NewSession(await service.Api.CreateWidget());
        var after = DateTimeOffset.UtcNow;

        var read = (await service.Api.Get(session.Path, session.Secret)).MustBeOk();

        Assert.InRange(Time(read["createdAt"]), before, after);
        Assert.Equal(TimeSpan.FromMinutes(30), Time(read["expiresAt"]) - Time(read["createdAt"]));
        Assert.Equal(session.Opened["expiresAt"], read["expiresAt"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_is_cancelled_once(bool asMember)
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());
        Task<Answer> Cancel() => asMember
            ? service.Api.Post(session.CancelPath, token: Tokens.For(Api.Business))
            : service.Api.Cancel(session);

        Assert.Equal("{\"status\":\"cancelled\"}", (await Cancel()).MustBeOk().Text);
        (await Cancel()).MustBe(HttpStatusCode.BadRequest, "cannot_cancel");

        var read = await service.Api.Get(session.Path, session.Secret);
        Assert.Equal(("EXPIRED", "cancelled"), (read["paymentStatus"], read["endedBy"]));
        var timeline = (await service.Api.ReadAsMember(session)).Body["timeline"]!.AsArray();
        Assert.Equal([1, 2], timeline.Select(change => change!["sequence"]!.GetValue<int>()));
        Assert.Equal("CANCELLED", timeline[1]!["cause"]!.GetValue<string>());
    }

    [Fact]
    public async Task Of_many_cancellations_at_once_one_succeeds()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => service.Api.Cancel(session)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => answer.MustBe(HttpStatusCode.BadRequest, "cannot_cancel"));
    }

    [Fact]
    public async Task A_cancellation_takes_whatever_body_it_is_sent()
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget);
        var second = await service.Api.NewSession(widget);

        (await service.Api.Post(first.CancelPath, Api.GoodSession(), first.Secret)).MustBeOk();
        (await service.Api.PostRaw(second.CancelPath, "{"u8.ToArray(), second.Secret)).MustBeOk();
    }

    [Fact]
    public async Task Text_comes_back_with_only_the_escapes_that_json_requires()
    {
        const string reference = "caf\u00E9 \U0001F600 <b>&'+\u2028 \"\\/";
        var session = await service.Api.NewSession(
            await service.Api.CreateWidget(), Api.GoodSession().With("customerReference", reference));

        var read = await service.Api.ReadAsMember(session);

        Assert.Equal(reference, read["customerReference"]);
        Assert.Contains("caf\u00E9 ", read.Text, StringComparison.Ordinal);
        Assert.Contains("<b>&'+", read.Text, StringComparison.Ordinal);
    }

    internal static DateTimeOffset Time(string? text) => DateTimeOffset.ParseExact(
        text!, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static HashSet<string> FieldsOf(Answer answer) =>
        [.. answer.Body.AsObject().Select(field => field.Key)];
}
