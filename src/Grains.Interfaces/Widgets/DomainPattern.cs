using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Bleepay.Grains.Widgets;

/// <summary>The domains from which a widget's pages may come: host names, or <c>*.example.com</c>.</summary>
public sealed partial class DomainPattern(ImmutableArray<string> domains)
{
    private const string Wildcard = "*.";

    private readonly FrozenSet<string> hosts = domains
        .Where(domain => !domain.StartsWith(Wildcard, StringComparison.Ordinal))
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly ImmutableArray<string> parents = [.. domains
        .Where(domain => domain.StartsWith(Wildcard, StringComparison.Ordinal))
        .Select(domain => domain[1..])];

    /// <summary>The list itself.</summary>
    public ImmutableArray<string> Domains { get; } = domains;

    /// <summary>True when no list restricts the pages.</summary>
    public bool AllowsAll => Domains.IsEmpty;

    /// <summary>What is wrong with an entry of the list, or null.</summary>
    public static string? Problem(string domain) =>
        domain.Length > WidgetBounds.DomainLengthMax || !HostName().IsMatch(domain)
            ? "must be a host name such as \"shop.example.com\", or \"*.example.com\" for its subdomains, " +
              "without scheme, port or path"
            : null;

    /// <summary>The host of an entry of the list, without <c>*.</c>.</summary>
    public static string HostOf(string domain) =>
        domain.StartsWith(Wildcard, StringComparison.Ordinal) ? domain[Wildcard.Length..] : domain;

    /// <param name="origin">A host in lower case; null for a request that no browser page has made.</param>
    public bool Allows(string? origin) =>
        origin is null
        || AllowsAll
        || hosts.Contains(origin)
        || parents.Any(parent => origin.Length > parent.Length
            && origin.EndsWith(parent, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Host names of RFC 1123 §2.1; others than ASCII are written in their <c>xn--</c> form.
    /// </summary>
    [GeneratedRegex(
        @"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex HostName();
}
