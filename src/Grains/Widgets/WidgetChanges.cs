using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// The changes of widgets that this silo has found, to check whether its copy of a widget is current. Its own
/// changes are recorded as they are made; those of other silos are read from the database, a few times a second and for
/// all widgets at once.
/// </summary>
/// <remarks>
/// This bounds the age of a copy by what this silo has read itself. A message to every copy could be lost, or be late.
/// </remarks>
public sealed class WidgetChanges([FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
{
    /// <summary>
    /// A change is in force in every copy after this time. A gateway caches domains for 0.3 s more, and the contract
    /// promises a second.
    /// </summary>
    public static readonly TimeSpan CurrentFor = TimeSpan.FromMilliseconds(700);

    /// <summary>A copy older than this is read again, whatever is known of changes.</summary>
    public static readonly TimeSpan CopyAgeMax = TimeSpan.FromMinutes(1);

    /// <summary>Longer than the oldest copy, which may be of before the change.</summary>
    private static readonly TimeSpan RememberFor = 2 * CopyAgeMax;

    private readonly ConcurrentDictionary<string, Change> changes = new(StringComparer.Ordinal);

    /// <summary>When the last read of other silos' changes began. Null where there are no others.</summary>
    private StrongBox<TimeSpan>? readAt;

    /// <summary>On the monotonic clock.</summary>
    public TimeSpan Now => clock.Uptime();

    /// <summary>Called once on a silo that shares its database: without a read of changes no copy is current.</summary>
    public void ExpectOthers() => readAt ??= new(-CurrentFor);

    /// <summary>Notes a change of a widget that is stored.</summary>
    public void Record(string widgetId, int version) => changes.AddOrUpdate(
        widgetId,
        static (_, change) => change,
        static (_, known, change) => known.Version > change.Version ? known : change,
        new Change(version, Now));

    /// <summary>Notes the changes that a read of the database has found.</summary>
    /// <param name="began">When the read began, on the monotonic clock.</param>
    public void Record(IEnumerable<(string WidgetId, int Version)> found, TimeSpan began)
    {
        foreach (var (widgetId, version) in found) Record(widgetId, version);
        foreach (var (widgetId, change) in changes)
        {
            if (began - change.At > RememberFor) changes.TryRemove(new(widgetId, change));
        }

        readAt = new(began);
    }

    /// <summary>True if no change of longer ago than <see cref="CurrentFor"/> is missing in a copy.</summary>
    /// <param name="copiedAt">When the copy was asked for, on the monotonic clock.</param>
    public bool IsCurrent(string widgetId, int version, TimeSpan copiedAt)
    {
        var now = Now;
        return now - copiedAt < CopyAgeMax
            && (readAt is not { Value: var read } || now - read < CurrentFor)
            && !IsSuperseded(widgetId, version);
    }

    /// <summary>True if a later version is stored. Without a read of changes this is not known, and false.</summary>
    public bool IsSuperseded(string widgetId, int version) =>
        changes.TryGetValue(widgetId, out var change) && change.Version > version;

    private sealed record Change(int Version, TimeSpan At);
}
