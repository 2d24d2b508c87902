namespace Bleepay.Silo.Telemetry;

/// <summary>Where the settings let HTTP listen, in each of the forms that the platform reads.</summary>
internal static class HttpAddresses
{
    private const string KestrelEndpoints = "Kestrel:Endpoints";

    public static IReadOnlyCollection<int> PortsOf(IConfiguration configuration) =>
        [.. AddressesOf(configuration).Select(PortOf).OfType<int>()];

    /// <summary>Lets Kestrel listen at this URL as well.</summary>
    public static void Add(WebApplicationBuilder builder, string url)
    {
        // Endpoints in the settings take the place of all URLs.
        if (builder.Configuration.GetSection(KestrelEndpoints).GetChildren().Any())
            builder.Configuration.AddInMemoryCollection([new($"{KestrelEndpoints}:Metrics:Url", url)]);
        else
            builder.WebHost.UseUrls([.. AddressesOf(builder.Configuration), url]);

        // They are among the URLs now, and the platform would warn that those come before them.
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
    }

    private static IEnumerable<string> AddressesOf(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(KestrelEndpoints).GetChildren().ToList();
        if (endpoints.Count > 0) return endpoints.Select(endpoint => endpoint["Url"]).OfType<string>();
        return configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls
            ? Split(urls)
            : Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}").Concat(
                Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"));
    }

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Null for an address that Kestrel refuses.</summary>
    private static int? PortOf(string address)
    {
        try
        {
            return BindingAddress.Parse(address).Port;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
