using System.Collections.Immutable;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;

namespace Bleepay.Gateway.Widgets;

/// <summary>
/// What this gateway knows of widgets: for a second the domains of their pages, which are asked for ahead of any
/// credential, and for a minute the ids of no widget, so that a made-up id that is sent again costs no look-up. The two
/// are kept apart, so that made-up ids take no room from widgets.
/// </summary>
internal sealed class WidgetDomains(IGrainFactory grains, TimeProvider clock) : IDisposable
{
    /// <summary>A change is in force on every gateway after so long.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    /// <summary>Ids of widgets are random and made by the service, so an unknown one does not become known.</summary>
    public static readonly TimeSpan UnknownAgeMax = TimeSpan.FromMinutes(1);

    /// <summary>In characters, as each entry states its size. What does not fit is asked for again.</summary>
    public const int SizeMax = 8 * 1024 * 1024;
    public const int EntrySize = 256;

    private readonly MemoryCache cache = Cache(AgeMax, clock);
    private readonly MemoryCache unknown = Cache(UnknownAgeMax, clock);

    /// <summary>How many widgets and made-up ids are remembered.</summary>
    public int Count => cache.Count + unknown.Count;

    /// <summary>True when there was no such widget a moment ago, or there can't be one.</summary>
    public bool IsUnknown(string widgetId) =>
        !Identifiers.IsWidget(widgetId) || unknown.TryGetValue(widgetId, out _);

    /// <summary>
    /// Remembers a widget that is not there. To a token a widget of another business looks the same.
    /// </summary>
    public void Learn(string widgetId, Caller caller, Refusal refusal)
    {
        if (refusal.Code == RefusalCode.NotFound && caller is WidgetSecretHolder) Remember(widgetId, null);
    }

    /// <summary>The domains of the widget's pages; null when there is no such widget.</summary>
    public async ValueTask<DomainPattern?> Of(string widgetId)
    {
        if (IsUnknown(widgetId)) return null;
        if (cache.TryGetValue(widgetId, out DomainPattern? known)) return known;

        var domains = await GrainCalls.Insist(() => grains.Widget(widgetId).ReadDomains());
        return Remember(widgetId, domains);
    }

    /// <summary>Lets a change that was made here be in force here at once.</summary>
    public void Forget(string widgetId) => cache.Remove(widgetId);

    public void Dispose()
    {
        cache.Dispose();
        unknown.Dispose();
    }

    private static MemoryCache Cache(TimeSpan ageMax, TimeProvider clock) => new(new MemoryCacheOptions
    {
        SizeLimit = SizeMax,
        ExpirationScanFrequency = ageMax,
        Clock = new MonotonicClock(clock),
    });

    private DomainPattern? Remember(string widgetId, ImmutableArray<string>? domains)
    {
        var entry = new MemoryCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = domains is null ? UnknownAgeMax : AgeMax,
            Size = EntrySize + (domains?.Sum(domain => domain.Length) ?? 0),
        };
        return domains is { } list
            ? cache.Set(widgetId, new DomainPattern(list), entry)
            : unknown.Set<DomainPattern?>(widgetId, null, entry);
    }

    /// <summary>By the wall clock a second would last longer after that was set back.</summary>
    private sealed class MonotonicClock(TimeProvider clock) : ISystemClock
    {
        public DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + clock.GetElapsedTime(0);
    }
}
