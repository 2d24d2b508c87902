using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Bleepay.Gateway;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Sessions;
using Bleepay.Silo;

namespace Bleepay.Tests.Deploy;

/// <summary>Which environment variables mean something to the service. A misspelt one would be ignored.</summary>
internal static class KnownSettings
{
    private const BindingFlags Properties = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;

    /// <summary>Those of the platform, and the two that our own settings are made of in Kubernetes.</summary>
    private static readonly HashSet<string> Others =
    [
        "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_EnableDiagnostics", "POD_IP", "POD_NAME",
        "ConnectionStrings__Bleepay", "CREDENTIALS_DIRECTORY",
        "Logging__Console__FormatterName", "Logging__Console__FormatterOptions__IncludeScopes",
    ];

    /// <summary>What the platform reads of its section <c>Authentication:Schemes:Bearer</c>.</summary>
    private static readonly HashSet<string> OfTokens =
        ["Authority", "ValidIssuer", "ValidIssuers", "ValidAudience", "ValidAudiences", "SigningKeys"];

    /// <summary>Each options class names its section in a constant.</summary>
    private static readonly Dictionary<string, Type> Sections = new[]
        {
            typeof(SiloHost).Assembly, typeof(GatewayHost).Assembly, typeof(DepositSessionOptions).Assembly,
            typeof(SecretOptions).Assembly,
        }
        .SelectMany(assembly => assembly.GetTypes())
        .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Public | BindingFlags.Static)))
        .Where(options => options.Section is { IsLiteral: true })
        .ToDictionary(options => (string)options.Section!.GetRawConstantValue()!, options => options.Type);

    /// <summary>The names of all settings. Those of an entry, such as a network, are without the entry.</summary>
    public static IEnumerable<string> All => Sections.SelectMany(section => IsOfEntries(section.Value, out var entry)
        ? Settable(entry).Select(setting => $"`{setting.Name}`")
        : Settable(section.Value).SelectMany(setting => NamesOf(section.Key, setting)));

    public static bool Contain(string variable) => Others.Contains(variable) || variable.Split("__") switch
    {
        ["Authentication", "Schemes", "Bearer", var setting, ..] => OfTokens.Contains(setting),
        [var section, var setting, ..] when Sections.TryGetValue(section, out var options) =>
            options.GetProperty(setting, Properties) is not null || IsOfEntry(options, variable.Split("__")),
        _ => false,
    };

    /// <summary>A setting of an entry that has a name, such as a network: <c>Chains__polygon__Rpc__0</c>.</summary>
    private static bool IsOfEntry(Type options, string[] names) =>
        IsOfEntries(options, out var entry)
        && (names.Length < 3 || entry.GetProperty(names[2], Properties) is not null);

    private static bool IsOfEntries(Type options, [NotNullWhen(true)] out Type? entry)
    {
        var isOfEntries = options.BaseType is { IsGenericType: true } entries
            && entries.GetGenericTypeDefinition() == typeof(Dictionary<,>);
        entry = isOfEntries ? options.BaseType!.GetGenericArguments()[1] : null;
        return isOfEntries;
    }

    private static IEnumerable<PropertyInfo> Settable(Type options) => options
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(setting => setting.CanWrite);

    private static IEnumerable<string> NamesOf(string section, PropertyInfo setting) =>
        setting.PropertyType.Namespace!.StartsWith("Bleepay", StringComparison.Ordinal) && setting.PropertyType.IsClass
            ? Settable(setting.PropertyType).Select(part => $"{section}__{setting.Name}__{part.Name}")
            : [$"{section}__{setting.Name}"];
}
