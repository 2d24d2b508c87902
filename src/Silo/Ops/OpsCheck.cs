using System.Data.Common;
using System.Text.Json.Nodes;
using Bleepay.Grains.Keys;
using Bleepay.Silo.Storage;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Ops;

/// <summary>Checks whether the service can run with its settings, without starting it.</summary>
internal static class OpsCheck
{
    public const string Wrong = "wrong";

    private const string Good = "ok";
    private const string Signs = "signs";
    private const string Verifies = "verifies";
    private const string Missing = "MISSING";

    private static readonly TimeSpan IssuerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Checks settings, database, keys and the issuer of tokens.</summary>
    /// <returns>A list of what was checked, each with <c>ok</c> or <c>wrong</c> and what was found.</returns>
    public static async Task<JsonArray> Run(CancellationToken cancellation)
    {
        try
        {
            await using var app = SiloHost.BuildForCheck();
            using var context = new OpsContext();
            return
            [
                Found("settings", "every setting is valid"),
                await Database(context, cancellation),
                await ServerKeys(context, cancellation),
                await Issuer(app.Services, cancellation),
            ];
        }
        catch (Exception failure) when (SettingsFailures.Of(failure) is { Count: > 0 } failures)
        {
            return [.. failures.Select(setting => NotFound("settings", setting))];
        }
    }

    /// <summary>The keys of this node and those that stored sessions and endpoints name.</summary>
    public static async Task<JsonNode> Keys(OpsContext context, CancellationToken cancellation)
    {
        var used = await context.Reads.UsedKeys(DateTimeOffset.UtcNow, cancellation);
        var ring = RingOf(context);
        var rows = new JsonArray();
        foreach (var id in ring.Select(key => key.Id).Concat(used.Keys.Order(StringComparer.Ordinal)).Distinct())
        {
            var role = ring.FirstOrDefault(key => key.Id == id).Role ?? Missing;
            rows.Add(new JsonObject
            {
                ["key"] = id,
                ["role"] = role,
                ["sessions"] = used.GetValueOrDefault(id)?["sessions"]?.DeepClone() ?? 0,
                ["openSessions"] = used.GetValueOrDefault(id)?["openSessions"]?.DeepClone() ?? 0,
                ["endpoints"] = used.GetValueOrDefault(id)?["endpoints"]?.DeepClone() ?? 0,
                ["removable"] = role == Verifies && !used.ContainsKey(id),
            });
        }

        return rows;
    }

    private static async Task<JsonObject> Database(OpsContext context, CancellationToken cancellation)
    {
        var latest = Migration.Of(context.Database.Provider)[^1].Version;
        try
        {
            var status = await context.Reads.Status(DateTimeOffset.UtcNow, cancellation);
            var version = status["schema"]!.GetValue<int>();
            var found = $"{status["database"]}, schema {version}; this release has {latest}";
            return version > latest
                ? NotFound("database", found + ". Run the newer release.")
                : Found("database", version < latest ? found + ", and migrates at its start" : found);
        }
        catch (OpsException absent)
        {
            return Found("database", absent.Message + " It is created at the first start.");
        }
        catch (Exception failure) when (failure is DbException or TimeoutException)
        {
            return NotFound("database", failure.Message);
        }
    }

    private static async Task<JsonObject> ServerKeys(OpsContext context, CancellationToken cancellation)
    {
        try
        {
            var keys = (await Keys(context, cancellation)).AsArray();
            var missing = keys.Where(key => key!["role"]!.GetValue<string>() == Missing)
                .Select(key => key!["key"]!.GetValue<string>()).ToList();
            return missing.Count == 0
                ? Found("keys", $"{keys.Count} keys, none missing")
                : NotFound(
                    "keys", $"sessions or endpoints need {string.Join(", ", missing)}; add the key to Secrets__Keys");
        }
        catch (Exception unread) when (unread is OpsException or DbException or TimeoutException)
        {
            return Found("keys", "nothing is stored that needs one");
        }
    }

    private static async Task<JsonObject> Issuer(IServiceProvider services, CancellationToken cancellation)
    {
        var bearer = services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>()
            .Get(JwtBearerDefaults.AuthenticationScheme);
        if (bearer.Authority is not { Length: > 0 } authority)
            return Found("issuer", "keys are configured; nothing is fetched");
        var address = bearer.MetadataAddress is { Length: > 0 } metadata
            ? metadata
            : authority.TrimEnd('/') + "/.well-known/openid-configuration";
        try
        {
            using var http = new HttpClient { Timeout = IssuerTimeout };
            using var answer = await http.GetAsync(address, cancellation);
            return answer.IsSuccessStatusCode
                ? Found("issuer", $"{authority} answers")
                : NotFound("issuer", $"{address} answers {(int)answer.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return NotFound("issuer", $"{address}: {failure.Message}");
        }
    }

    /// <summary>The first signs. On SQLite the key is beside the file, if none is set.</summary>
    private static IReadOnlyList<(string Id, string Role)> RingOf(OpsContext context)
    {
        var options = new SecretOptions();
        context.Settings.GetSection(SecretOptions.Section).Bind(options);
        if (options.Keys.Count == 0 && SiloHost.EmbeddedKeyOf(context.Database) is { } key) options.Keys.Add(key);
        if (options.Keys.Count == 0) return [];
        var ring = new KeyRing(Options.Create(options));
        return [.. ring.All.Select(key => (key.Id, key.Id == ring.Current.Id ? Signs : Verifies))];
    }

    private static JsonObject Found(string check, string found) => Line(check, Good, found);

    private static JsonObject NotFound(string check, string found) => Line(check, Wrong, found);

    private static JsonObject Line(string check, string result, string found) =>
        new() { ["check"] = check, ["result"] = result, ["found"] = found };
}
