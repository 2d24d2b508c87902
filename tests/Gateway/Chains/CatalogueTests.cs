using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Chains;

[Collection(WatchedService.Name)]
public sealed class CatalogueTests(WatchedService service)
{
    private const string Networks = "/api/v1/finance/networks";
    private const string Currencies = "/api/v1/finance/currencies";

    [Fact]
    public async Task Networks_with_a_provider_are_listed_by_name()
    {
        var networks = (await service.Api.Get(Networks)).MustBeOk().Body.AsArray();

        Assert.Equal(["ethereum", "polygon", "shopnet"], networks.Select(network => Text(network, "network")));
        Assert.True(JsonNode.DeepEquals(networks[1], JsonNode.Parse(
            """
            {
              "network": "polygon", "name": "Polygon", "type": "evm", "chainId": "137", "nativeCurrency": "POL",
              "explorerUrl": "https://polygonscan.com", "requiredConfirmations": 20, "watched": true, "enabled": true
            }
            """)));
        Assert.True(JsonNode.DeepEquals(networks[2], JsonNode.Parse(
            """
            {
              "network": "shopnet", "name": "shopnet", "type": "evm", "chainId": "7777777", "nativeCurrency": "SHOP",
              "explorerUrl": null, "requiredConfirmations": 20, "watched": true, "enabled": true
            }
            """)));
        Assert.Equal(3, networks[0]!["requiredConfirmations"]!.GetValue<int>());
    }

    [Fact]
    public async Task Currencies_are_the_coins_and_tokens_of_the_watched_networks()
    {
        var currencies = (await service.Api.Get(Currencies)).MustBeOk().Body.AsArray();

        Assert.Equal(
            [
                "ethereum DAI", "ethereum ETH", "ethereum EURC", "ethereum USDC", "ethereum USDT", "polygon DAI",
                "polygon POL", "polygon USDC", "polygon USDT", "shopnet POINTS", "shopnet SHOP",
            ],
            currencies.Select(currency => $"{Text(currency, "network")} {Text(currency, "symbol")}"));
        Assert.True(JsonNode.DeepEquals(currencies[7], JsonNode.Parse(
            $$"""
            {
              "symbol": "USDC", "network": "polygon", "address": "{{WatchedService.Usdc}}", "decimals": 6,
              "bridgeable": false, "enabled": true
            }
            """)));
        Assert.Equal(("", 18), (Text(currencies[6], "address"), currencies[6]!["decimals"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData(Networks + "?network=polygon", 1)]
    [InlineData(Networks + "?network=POLYGON", 0)]
    [InlineData(Networks + "?network=tron", 0)]
    [InlineData(Networks + "?limit=2", 2)]
    [InlineData(Networks + "?limit=2&offset=2", 1)]
    [InlineData(Networks + "?offset=3", 0)]
    [InlineData(Currencies + "?network=polygon", 4)]
    [InlineData(Currencies + "?symbol=USDC", 2)]
    [InlineData(Currencies + "?address=", 3)]
    [InlineData(Currencies + "?address=0x3C499C542CEF5E3811E1192CE70D8CC03D5C3359", 1)]
    [InlineData(Currencies + "?network=ethereum&symbol=POL", 0)]
    [InlineData(Currencies + "?offset=10&limit=1000", 1)]
    public async Task A_list_holds_what_its_query_asks_for(string path, int count) =>
        Assert.Equal(count, (await service.Api.Get(path)).MustBeOk().Body.AsArray().Count);

    [Theory]
    [InlineData(Networks + "?limit=0", "limit")]
    [InlineData(Networks + "?limit=1001", "limit")]
    [InlineData(Networks + "?offset=10001", "offset")]
    [InlineData(Networks + "?network=abc", "network")]
    [InlineData(Currencies + "?symbol=usdc", "symbol")]
    [InlineData(Currencies + "?address=a%20b", "address")]
    public async Task A_query_that_can_not_be_meant_is_refused(string path, string parameter) =>
        (await service.Api.Get(path)).MustRefuse(parameter);

    [Theory]
    [InlineData(Networks)]
    [InlineData(Currencies)]
    public async Task A_cache_may_keep_the_lists_and_is_not_sent_again_what_it_has(string path)
    {
        using var first = await service.Host.Http.GetAsync(path);
        var tag = first.Headers.ETag!.Tag;

        Assert.True(first.Headers.CacheControl!.Public);
        Assert.Equal(TimeSpan.FromSeconds(60), first.Headers.CacheControl.MaxAge);
        Assert.Equal("*", Assert.Single(first.Headers.GetValues("Access-Control-Allow-Origin")));
        foreach (var known in (string[])[tag, $"W/{tag}", $"\"other\", {tag}", "*"])
        {
            using var again = await Get(path, known);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag!.Tag);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }

        using var other = await Get(path, "\"other\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_deployment_that_watches_nothing_lists_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var host = await ServiceHost.Start(folder.Path);
        var api = new Api(host.Http);

        Assert.Empty((await api.Get(Networks)).MustBeOk().Body.AsArray());
        Assert.Empty((await api.Get(Currencies)).MustBeOk().Body.AsArray());
    }

    private async Task<HttpResponseMessage> Get(string path, string known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await service.Host.Http.SendAsync(request);
    }

    private static string Text(JsonNode? item, string field) => item![field]!.GetValue<string>();
}
