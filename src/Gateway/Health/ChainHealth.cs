using Bleepay.Gateway.Http.Json;
using Bleepay.Grains.Chains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Health;

/// <summary>
/// How far a network has been read. A network that is behind makes no node unready: another node could not read it
/// sooner.
/// </summary>
internal sealed record ChainHealth(
    string Network, long? HeadBlock, long? SettledBlock, double? HeadAgeSeconds, bool Stopped,
    string? Advice)
{
    public static async Task<IResult> Read(HttpContext http, GrainCalls calls, TimeProvider clock)
    {
        var statuses = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IChainCatalogueGrain>(0).ReadStatuses(), http.RequestAborted);
        var now = clock.GetUtcNow();
        return new JsonAnswer<IReadOnlyList<ChainHealth>>(
            [.. statuses.Select(status => From(status, now))], ApiJson.Types.IReadOnlyListChainHealth);
    }

    private static ChainHealth From(ChainStatus status, DateTimeOffset now) => new(
        status.Network, status.HeadBlock, status.SettledBlock,
        status.HeadTime is { } time ? Math.Max(0, Math.Round((now - time).TotalSeconds, 1)) : null, status.IsStopped,
        status.Advice);
}
