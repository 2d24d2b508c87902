using System.Collections.Immutable;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace Bleepay.Gateway.Widgets;

/// <summary>
/// Caches the allowed domains of widgets for 0.3 s, because CORS needs them before any credential is checked; and
/// unknown ids for a minute, so that a made-up id that is sent again costs no look-up. The caches are separate, so that
/// made-up ids evict no widgets.
/// </summary>
internal sealed class WidgetDomains(GrainCalls calls, TimeProvider clock) : IDisposable
{
    /// <summary>
    /// The copy of a widget that is asked may be 0.7 s old, and a change has to reach every gateway within a second.
    /// </summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMilliseconds(300);

    /// <summary>May be long: the service draws ids at random, so an unknown id does not become a widget.</summary>
    public static readonly TimeSpan UnknownAgeMax = TimeSpan.FromMinutes(1);

    /// <summary>Size of each cache in characters; entries beyond it are not cached.</summary>
    public const int SizeMax = 8 * 1024 * 1024;

    /// <summary>Size of an entry in characters, without its domains.</summary>
    public const int EntrySize = 256;

    private readonly MemoryCache known = NewCache(AgeMax, clock);
    private readonly MemoryCache unknown = NewCache(UnknownAgeMax, clock);

    /// <summary>The number of cached widgets and unknown ids.</summary>
    public int Count => known.Count + unknown.Count;

    /// <summary>True if the id is cached as unknown, or is malformed.</summary>
    public bool IsUnknown(string widgetId) =>
        !Identifiers.IsWidget(widgetId) || unknown.TryGetValue(widgetId, out _);

    /// <summary>
    /// Caches the id as unknown if the widget answered so. With a token, 404 may also mean another business's widget.
    /// </summary>
    public void CacheIfUnknown(string widgetId, Caller caller, Refusal refusal)
    {
        if (refusal.Code == RefusalCode.NotFound && caller is WidgetSecretHolder) Cache(widgetId, null);
    }

    /// <summary>The widget's allowed domains; null if there is no such widget.</summary>
    public async ValueTask<DomainPattern?> Get(string widgetId, CancellationToken cancellation)
    {
        if (IsUnknown(widgetId)) return null;
        if (known.TryGetValue(widgetId, out DomainPattern? cached)) return cached;

        var domains = await calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(widgetId).ReadDomains(), cancellation);
        return Cache(widgetId, domains);
    }

    /// <summary>Makes a change take effect on this gateway at once.</summary>
    public void Evict(string widgetId) => known.Remove(widgetId);

    public void Dispose()
    {
        known.Dispose();
        unknown.Dispose();
    }

    private static MemoryCache NewCache(TimeSpan ageMax, TimeProvider clock) => new(new MemoryCacheOptions
    {
        SizeLimit = SizeMax,
        ExpirationScanFrequency = ageMax,
        Clock = new MonotonicClock(clock),
    });

    private DomainPattern? Cache(string widgetId, ImmutableArray<string>? domains)
    {
        var entry = new MemoryCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = domains is null ? UnknownAgeMax : AgeMax,
            Size = EntrySize + (domains?.Sum(domain => domain.Length) ?? 0),
        };
        return domains is { } list
            ? known.Set(widgetId, new DomainPattern(list), entry)
            : unknown.Set<DomainPattern?>(widgetId, null, entry);
    }

    /// <summary>Entries must expire on time even if the wall clock is set back.</summary>
    private sealed class MonotonicClock(TimeProvider clock) : ISystemClock
    {
        public DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + clock.GetElapsedTime(0);
    }
}
