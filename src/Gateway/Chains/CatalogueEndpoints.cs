using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Chains;

/// <summary>What this deployment watches, for everyone: no credential, and cacheable.</summary>
internal static class CatalogueEndpoints
{
    public static void MapCatalogue(this IEndpointRouteBuilder api)
    {
        var finance = api.MapGroup("/finance").WithTags("Chains").RequireCors(CorsPolicyProvider.AnyOrigin).Needs();

        finance.MapGet("/networks", Networks)
            .WithName("listNetworks")
            .Answers<IReadOnlyList<NetworkResource>>()
            .CanBeCached()
            .TakesQuery("network", "Only the network with this name.")
            .TakesPage(hasTimes: false);

        finance.MapGet("/currencies", Currencies)
            .WithName("listCurrencies")
            .Answers<IReadOnlyList<CurrencyResource>>()
            .CanBeCached()
            .TakesQuery("network", "Only the currencies of this network.")
            .TakesQuery("symbol", "Only the currencies with this symbol.")
            .TakesQuery("address", "Only the token with this contract; empty for the networks' own coins.")
            .TakesPage(hasTimes: false);
    }

    /// <summary>List networks</summary>
    /// <remarks>The networks on which payments are seen without being reported, by name.</remarks>
    internal static async Task<IResult> Networks(HttpContext http, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var page = PageRequest.Read(http.Request.Query, errors, hasTimes: false);
        var network = Filter(http, "network", FieldRules.Network, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var catalogue = await Read(http, calls);
        return new CacheableAnswer<IReadOnlyList<NetworkResource>>(
            [
                .. catalogue.Networks
                    .Where(one => network is null || one.Network == network)
                    .Skip(page.Offset).Take(page.Limit)
                    .Select(NetworkResource.From),
            ],
            ApiJson.Types.IReadOnlyListNetworkResource);
    }

    /// <summary>List currencies</summary>
    /// <remarks>
    /// The tokens and coins in which payments are seen without being reported, by network. A session of another
    /// token is accepted, and its payments have to be reported.
    /// </remarks>
    internal static async Task<IResult> Currencies(HttpContext http, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var page = PageRequest.Read(http.Request.Query, errors, hasTimes: false);
        var network = Filter(http, "network", FieldRules.Network, errors);
        var symbol = Filter(http, "symbol", FieldRules.Currency, errors);
        var address = Filter(http, "address", FieldRules.CurrencyAddress, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var catalogue = await Read(http, calls);
        return new CacheableAnswer<IReadOnlyList<CurrencyResource>>(
            [
                .. catalogue.Currencies
                    .Where(one => network is null || one.Network == network)
                    .Where(one => symbol is null || one.Symbol == symbol)
                    .Where(one => address is null || EvmAddress.AreEqual(one.Address, address))
                    .Skip(page.Offset).Take(page.Limit)
                    .Select(CurrencyResource.From),
            ],
            ApiJson.Types.IReadOnlyListCurrencyResource);
    }

    private static string? Filter(
        HttpContext http, string name, Func<string, string?> check, List<FieldError> errors) =>
        ListFilter.Read(http.Request.Query, name, check, errors);

    private static Task<ChainCatalogue> Read(HttpContext http, GrainCalls calls) => calls.RetryWhileRejected(
        grains => grains.GetGrain<IChainCatalogueGrain>(0).Read(), http.RequestAborted);

    private static RouteHandlerBuilder CanBeCached(this RouteHandlerBuilder route) => route
        .Produces(StatusCodes.Status304NotModified)
        .TakesHeader("If-None-Match", "The ETag of an answer that is cached.");
}
