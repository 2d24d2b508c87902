using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>Listing a business's sessions, on every database.</summary>
[Collection(Databases.Name)]
public sealed class SessionListTests(Databases databases)
{
    private static int businesses;

    private readonly string business = $"biz_lists{Interlocked.Increment(ref businesses)}";

    [Theory]
    [OnEachDatabase]
    public async Task A_list_shows_a_business_its_own_sessions_newest_first_as_a_member_sees_them(string database)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        var first = await api.NewSession(widget);
        var second = await api.NewSession(widget);
        await api.NewSession(await api.CreateWidget(business: business + "x"));

        var list = await List(api);

        Assert.Equal(2, list.Count);
        Assert.Equal(Newest(first, second), list.Select(session => session!["id"]!.GetValue<string>()));
        var alone = (await api.ReadAsMember(first)).Body.AsObject();
        foreach (var history in (string[])["transactions", "transactionsTruncated", "timeline", "timelineTruncated"])
            alone.Remove(history);
        var listed = list.Single(session => session!["id"]!.GetValue<string>() == first.Id)!.AsObject();
        Assert.Equal(alone.Select(field => field.Key), listed.Select(field => field.Key));
        Assert.True(JsonNode.DeepEquals(alone, listed), $"{alone} is not {listed}");
    }

    [Theory]
    [OnEachDatabase("network", "ethereum")]
    [OnEachDatabase("currency", "USDT")]
    [OnEachDatabase("customerReference", "order 7&8")]
    [OnEachDatabase("customerEmail", "ann@example.com")]
    [OnEachDatabase("depositAddress", "0xAnother")]
    public async Task A_filter_finds_the_sessions_of_that_value_only(string database, string field, string value)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        await api.NewSession(widget);
        var wanted = await api.NewSession(widget, Api.GoodSession().With(field, value));

        Assert.Equal([wanted.Id], await Ids(api, $"{field}={Uri.EscapeDataString(value)}"));
        Assert.Empty(await Ids(api, $"{field}={Uri.EscapeDataString(value)}X"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Hexadecimal_addresses_are_found_without_case_and_others_by_every_letter(string database)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        await api.NewSession(widget, Api.GoodSession().With("depositAddress", "0xABCdef01"));
        await api.NewSession(widget, Api.GoodSession().With("depositAddress", "0xMerchant"));

        Assert.Single(await List(api, "depositAddress=0xabcDEF01"));
        Assert.Single(await List(api, "depositAddress=0xMerchant"));
        Assert.Empty(await List(api, "depositAddress=0xmerchant"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Widget_and_status_filter_and_all_filters_are_combined(string database)
    {
        var api = await ApiOn(database);
        var (shop, bar) = (await api.CreateWidget(business: business), await api.CreateWidget(business: business));
        var open = await api.NewSession(shop);
        var cancelled = await api.NewSession(shop);
        var elsewhere = await api.NewSession(bar);
        await api.Cancel(cancelled);

        Assert.Equal([elsewhere.Id], await Ids(api, $"widgetId={bar.Id}"));
        Assert.Equal([cancelled.Id], await Ids(api, "paymentStatus=EXPIRED"));
        Assert.Equal([open.Id], await Ids(api, $"paymentStatus=CREATED&widgetId={shop.Id}"));
        Assert.Equal([cancelled.Id], await Ids(api, $"paymentStatus=EXPIRED&widgetId={shop.Id}&network=polygon"));
        Assert.Empty(await Ids(api, "paymentStatus=CONFIRMED"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Page_by_page_each_session_is_seen_once_whatever_is_created_meanwhile(string database)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        var there = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => api.NewSession(widget)));
        foreach (var one in there.Take(10)) await api.Cancel(one);

        var seen = new List<string>();
        for (var path = Path("limit=4&network=polygon"); path is not null;)
        {
            var page = await Get(api, path);
            seen.AddRange(IdsOf(page));
            path = Next(page);
            if (path is not null) await api.NewSession(widget);
        }

        Assert.Equal(Newest(there), seen);
        Assert.Equal(Newest(there), await Ids(api, $"limit=25&until={Latest(there) + 1}"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Without_a_filter_the_statuses_are_one_list_too(string database)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        var there = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => api.NewSession(widget)));
        foreach (var one in there.Where((_, number) => number % 3 == 0)) await api.Cancel(one);

        var seen = new List<string>();
        for (var path = Path("limit=5"); path is not null;)
        {
            var page = await Get(api, path);
            seen.AddRange(IdsOf(page));
            path = Next(page);
        }

        Assert.Equal(Newest(there), seen);
        Assert.Equal(Newest(there).Skip(3).Take(4), await Ids(api, "limit=4&offset=3"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Since_and_until_exclude_their_own_millisecond(string database)
    {
        var api = await ApiOn(database);
        var session = await api.NewSession(await api.CreateWidget(business: business));
        var at = Latest(session);

        Assert.Single(await List(api, $"since={at - 1}&until={at + 1}"));
        Assert.Empty(await List(api, $"since={at}"));
        Assert.Empty(await List(api, $"until={at}"));
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_by_name_all_at_once()
    {
        var api = await ApiOn(Databases.Sqlite);

        var refused = await Get(api, Path(
            "limit=1001&offset=-1&since=x&until=1.5&after=x&widgetId=shop&paymentStatus=PAID&network=a&currency=usd" +
            "&customerReference=&customerEmail=x&depositAddress=%20&txId="));

        refused.MustRefuse(
            "limit", "offset", "since", "until", "after", "widgetId", "paymentStatus", "network", "currency",
            "customerReference", "customerEmail", "depositAddress", "txId");
        (await Get(api, Path("limit=0"))).MustRefuse("limit");
        (await Get(api, Path("network=polygon&network=base"))).MustRefuse("network");
        (await Get(api, Path("limit=1000"))).MustBeOk();
    }

    [Fact]
    public async Task An_offset_is_bounded_and_what_is_deeper_is_read_by_after()
    {
        var api = await ApiOn(Databases.Sqlite);

        (await Get(api, Path("offset=10000"))).MustBeOk();
        var refused = (await Get(api, Path("offset=10001"))).MustRefuse("offset");
        Assert.Contains("after", Assert.Single(refused.ErrorsOf("offset")), StringComparison.Ordinal);
        var deliveries = $"/api/v1/businesses/{business}/webhook-deliveries?offset=";
        (await Get(api, deliveries + "10000")).MustBeOk();
        (await Get(api, deliveries + "10001")).MustRefuse("offset");
    }

    [Theory]
    [OnEachDatabase]
    public async Task Control_characters_in_a_filter_are_refused_on_every_database(string database)
    {
        var api = await ApiOn(database);

        (await Get(api, Path("customerReference=%00&customerEmail=a%01%40b.example&widgetId=%7F&after=%1F")))
            .MustRefuse("customerReference", "customerEmail", "widgetId", "after");
        (await Get(api, Path("customerReference=a%C2%85b"))).MustRefuse("customerReference");
        (await Get(api, Path("customerReference=%F0%9F%9B%92"))).MustBeOk();
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_page_ends_at_a_megabyte_and_the_next_begins_there(string database)
    {
        var api = await ApiOn(database);
        var widget = await api.CreateWidget(business: business);
        var body = Api.GoodSession()
            .With("metadata", new JsonObject { ["text"] = new string('x', 1_900) })
            .With("customerReference", string.Concat(Enumerable.Repeat("\u20AC", 128)));
        var there = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => api.NewSession(widget, body)));

        var seen = new List<string>();
        var pages = new List<Answer>();
        for (var path = Path("limit=1000"); path is not null; path = Next(pages[^1]))
        {
            pages.Add((await Get(api, path)).MustBeOk());
            seen.AddRange(IdsOf(pages[^1]));
        }

        Assert.Equal(Newest(there), seen);
        Assert.Equal(2, pages.Count);
        Assert.All(pages, page => Assert.InRange(Bytes(page), 1, 1_000_000));
        Assert.InRange(Bytes(pages[0]), 1_000_000 - (Bytes(pages[0]) / IdsOf(pages[0]).Count * 2), 1_000_000);
        Assert.All(pages, page => Assert.True(page.Headers.TransferEncodingChunked));
    }

    [Fact]
    public async Task A_list_is_for_members_only()
    {
        var api = await ApiOn(Databases.Sqlite);

        (await api.Get(Path(""))).MustBeUnauthorized();
        (await api.Get(Path(""), token: Tokens.For("biz_other"))).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    private static int Bytes(Answer page) => System.Text.Encoding.UTF8.GetByteCount(page.Text);

    private async Task<Api> ApiOn(string database) => new((await databases.Host(database)).Http);

    private string Path(string query) => $"/api/v1/businesses/{business}/deposit-sessions?{query}";

    private Task<Answer> Get(Api api, string path) => api.Get(path, token: Tokens.For(business));

    private async Task<JsonArray> List(Api api, string query = "") =>
        (await Get(api, Path(query))).MustBeOk().Body.AsArray();

    private async Task<IReadOnlyList<string>> Ids(Api api, string query) =>
        IdsOf((await Get(api, Path(query))).MustBeOk());

    private static IReadOnlyList<string> IdsOf(Answer page) =>
        [.. page.MustBeOk().Body.AsArray().Select(session => session!["id"]!.GetValue<string>())];

    /// <summary>The URL of the next page as the answer names it, or null.</summary>
    private static string? Next(Answer page)
    {
        if (!page.Headers.TryGetValues("Link", out var links)) return null;
        var link = Assert.Single(links);
        Assert.StartsWith("<", link, StringComparison.Ordinal);
        Assert.EndsWith(">; rel=\"next\"", link, StringComparison.Ordinal);
        return link[1..link.IndexOf('>', StringComparison.Ordinal)];
    }

    /// <summary>Their ids in the order of a list.</summary>
    private static IEnumerable<string> Newest(params TestSession[] sessions) => sessions
        .OrderByDescending(session => Latest(session))
        .ThenByDescending(session => session.Id, StringComparer.Ordinal)
        .Select(session => session.Id);

    /// <summary>When the latest of them was created: a lifetime before its end.</summary>
    private static long Latest(params TestSession[] sessions) => sessions.Max(session => DateTimeOffset
        .Parse(session.Opened["expiresAt"]!, CultureInfo.InvariantCulture)
        .AddMinutes(-30)
        .ToUnixTimeMilliseconds());
}
