using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Bench.Load;

/// <summary>Starts variants, each with separate tables that are seeded and analysed.</summary>
/// <param name="folder">For databases, logs and lists of widgets; removed by who made it.</param>
internal sealed class Subjects(PostgreSql server, string folder)
{
    private const string Issuer = "https://issuer.bench";
    private const string Audience = "bleepay";
    private const string SiloAssembly = "Bleepay.Silo.dll";
    private const string BenchAssembly = "Bleepay.Bench.dll";
    private const string ReadyPath = "/health/ready";

    /// <summary>Beyond the end of the run, so that no seeded session expires during it.</summary>
    private const string OpenUntilPostgreSql = "now() + interval '6 hours'";
    private const string OpenUntilSqlite = "(unixepoch() + 21600) * 1000";

    /// <summary>The limit of a client is on, and too high to be met.</summary>
    private const int RequestsPerSecond = 1_000_000;

    private readonly byte[] tokenKey = RandomNumberGenerator.GetBytes(64);
    private readonly Lazy<IReadOnlyDictionary<string, string>> nodeCertificate =
        new(() => NodeCertificate.Make(folder));
    private readonly string serverKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <param name="name">One of <see cref="VariantNames"/>.</param>
    public Task<Subject> Start(string name, Seeding seeding) => name switch
    {
        VariantNames.Floor => StartBaseline(name, "none", null, null, seeding),
        VariantNames.Crud or VariantNames.GroupCommit or VariantNames.CrudKeyed =>
            StartPostgreSqlBaseline(name, seeding),
        VariantNames.SqliteCrud => StartSqliteBaseline(name, seeding),
        VariantNames.OursSqlite => StartOnSqlite(name, seeding),
        VariantNames.OursPostgreSqlTelemetry => StartWithTelemetry(name, seeding),
        VariantNames.OursApart => StartOnPostgreSql(name, isApart: true, seeding),
        VariantNames.OursApartTls => StartOnPostgreSql(name, isApart: true, seeding, nodeCertificate.Value),
        _ => StartOnPostgreSql(name, isApart: false, seeding),
    };

    private async Task<Subject> StartPostgreSqlBaseline(string name, Seeding seeding)
    {
        var database = DatabaseOf(name);
        server.Create(database);
        var source = server.Open(database);
        var subject = await StartBaseline(
            name, server.ConnectionString(database), database,
            () => Task.FromResult(PostgreSql.Scalar<long>(source, "select count(*) from deposit_session")), seeding);
        PostgreSql.Execute(source, BaselineSeed(
            seeding, "'dep_' || substr(md5(random()::text), 1, 22)", "now()", "now() - interval '1 day'",
            OpenUntilPostgreSql, $"from generate_series(1, {seeding.Sessions}) as seed (number)"));
        server.Settle(database);
        return subject;
    }

    private async Task<Subject> StartSqliteBaseline(string name, Seeding seeding)
    {
        var file = $"Data Source={Path.Combine(folder, $"{name}.db")}";
        var subject = await StartBaseline(name, file, null, () => CountRows(file), seeding);
        await using var connection = new SqliteConnection(file);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is of this tool.
        command.CommandText = BaselineSeed(
            seeding, "'dep_' || lower(hex(randomblob(11)))", "unixepoch() * 1000", "(unixepoch() - 86400) * 1000",
            OpenUntilSqlite, $"from (with recursive seed (number) as (select 1 union all select number + 1 from seed " +
            $"where number < {seeding.Sessions}) select number from seed)") + "; analyze";
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
        return subject;
    }

    private static string BaselineSeed(
        Seeding seeding, string id, string now, string past, string openUntil, string numbers) =>
        "insert into deposit_session (id, business_id, widget_id, payment_status, amount, currency, network, " +
        "currency_address, deposit_address, customer_email, customer_reference, metadata, secret_key_id, " +
        $"created_at, expires_at) select {id}, 'biz_bench0000', 'wdgt_0000000000000000000000', " +
        $"case when number % 100 < {seeding.OpenShare} then 'CREATED' else 'EXPIRED' end, '129.90', 'USDC', " +
        $"'polygon', '{BenchWidget.CurrencyAddress}', '{BenchWidget.DepositAddress}', 'ada@shop.example', " +
        $"'order', '{{\"orderId\":\"000123\",\"cart\":[\"sku-1\",\"sku-7\"]}}', '00000000', {now}, " +
        $"case when number % 100 < {seeding.OpenShare} then {openUntil} else {past} end {numbers}";

    private async Task<Subject> StartBaseline(
        string name, string connectionString, string? database, Func<Task<long>>? countRows, Seeding seeding)
    {
        var widgets = BenchWidget.Make(seeding.Widgets);
        var path = Path.Combine(folder, $"{name}.widgets");
        BenchWidget.WriteAll(path, widgets);
        var service = await RunningService.Start(
            name, BenchAssembly, ["serve", name, connectionString, path],
            [new("Secrets__Keys__0", serverKey)], folder, "/");
        return new Subject(name, [service], widgets, WriteForLoad(name, widgets), database, countRows);
    }

    /// <summary>Nodes of one cluster, each gateway and silo in one.</summary>
    public async Task<Subject> StartNodes(string name, int nodes, Seeding seeding)
    {
        var settings = SettingsOnServer(name);
        var services = new List<RunningService>();
        for (var number = 1; number <= nodes; number++)
        {
            services.Add(await RunningService.Start(
                $"{name}-{number}", SiloAssembly, [], settings.Concat(OwnPort()), folder, ReadyPath));
        }

        return await Seeded(name, services, seeding);
    }

    private async Task<Subject> StartWithTelemetry(string name, Seeding seeding)
    {
        var metricsPort = Number(RunningService.FreePort());
        var collector = await RunningService.Start(
            $"{name}-collector", BenchAssembly, [Collector.Command, $"http://127.0.0.1:{metricsPort}/metrics"], [],
            folder, "/");
        var telemetry = new Dictionary<string, string>
        {
            ["Telemetry__MetricsPort"] = metricsPort,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        return await StartOnPostgreSql(name, isApart: false, seeding, telemetry) with { Beside = [collector] };
    }

    /// <param name="more">Settings beside those of every variant.</param>
    private async Task<Subject> StartOnPostgreSql(
        string name, bool isApart, Seeding seeding, IReadOnlyDictionary<string, string>? more = null)
    {
        var settings = SettingsOnServer(name);
        if (isApart) settings["Cluster__GatewayPort"] = Number(RunningService.FreePort());
        foreach (var (setting, value) in more ?? new Dictionary<string, string>()) settings[setting] = value;
        List<RunningService> services =
        [
            await RunningService.Start(isApart ? $"{name}-silo" : name, SiloAssembly, [], settings, folder, ReadyPath),
        ];
        if (isApart)
        {
            Dictionary<string, string> gateway = new(Settings(name))
            {
                ["Cluster__Gateways"] = $"127.0.0.1:{settings["Cluster__GatewayPort"]}",
            };
            foreach (var (setting, value) in more ?? new Dictionary<string, string>()) gateway[setting] = value;
            services.Add(await RunningService.Start(name, SiloAssembly, [], gateway, folder, ReadyPath));
        }

        return await Seeded(name, services, seeding);
    }

    /// <summary>Makes the variant's database as well.</summary>
    private Dictionary<string, string> SettingsOnServer(string name)
    {
        server.Create(DatabaseOf(name));
        return new(Settings(name))
        {
            ["Storage__Provider"] = "PostgreSql",
            ["ConnectionStrings__Bleepay"] = server.ConnectionString(DatabaseOf(name)),
            ["Cluster__AdvertisedIp"] = "127.0.0.1",
        };
    }

    private async Task<Subject> Seeded(string name, List<RunningService> services, Seeding seeding)
    {
        var database = DatabaseOf(name);
        var source = server.Open(database);
        var subject = await WithWidgets(
            name, services, database,
            () => Task.FromResult(PostgreSql.Scalar<long>(source, "select count(*) from deposit_session")), seeding);
        using var http = new HttpClient();
        var template = await subject.OpenOne(http, subject.Widgets[0]);
        await Seeds.Fill(source, template, seeding.Sessions, seeding.OpenShare, OpenUntilPostgreSql);
        server.Settle(database);
        return subject;
    }

    private async Task<Subject> StartOnSqlite(string name, Seeding seeding)
    {
        var file = $"Data Source={Path.Combine(folder, $"{name}.db")}";
        Dictionary<string, string> settings = new(Settings(name)) { ["ConnectionStrings__Bleepay"] = file };
        List<RunningService> services =
            [await RunningService.Start(name, SiloAssembly, [], settings, folder, ReadyPath)];
        var subject = await WithWidgets(name, services, null, () => CountRows(file), seeding);
        using var http = new HttpClient();
        var template = await subject.OpenOne(http, subject.Widgets[0]);
        await using var connection = new SqliteConnection(file);
        await connection.OpenAsync();
        await Seeds.Fill(connection, template, seeding.Sessions, seeding.OpenShare, OpenUntilSqlite);
        return subject;
    }

    private async Task<Subject> WithWidgets(
        string name, List<RunningService> services, string? database, Func<Task<long>> countRows, Seeding seeding)
    {
        using var http = new HttpClient { BaseAddress = services[^1].Url };
        var widgets = new List<BenchWidget>();
        for (var index = 0; index < seeding.Widgets; index++)
        {
            var business = BenchWidget.BusinessOf(index);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenFor(business));
            using var answer = await http.PostAsJsonAsync(
                new Uri($"/api/v1/businesses/{business}/widgets/create-widget", UriKind.Relative),
                BenchWidget.SettingsBody);
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode) throw new BenchmarkException($"{name} made no widget: {text}");
            using var made = JsonDocument.Parse(text);
            widgets.Add(new BenchWidget(
                business,
                made.RootElement.GetProperty("widget").GetProperty("id").GetString()!,
                made.RootElement.GetProperty("clientSecret").GetString()!));
        }

        return new Subject(name, services, widgets, WriteForLoad(name, widgets), database, countRows);
    }

    private static Dictionary<string, string> OwnPort() =>
        new() { ["Cluster__SiloPort"] = Number(RunningService.FreePort()) };

    private Dictionary<string, string> Settings(string name) => new(OwnPort())
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Secrets__Keys__0"] = serverKey,
        ["Cluster__ClusterId"] = name,
        ["Shutdown__Drain"] = "00:00:00",
        ["Limits__RequestsPerSecond"] = Number(RequestsPerSecond),
        ["Limits__RequestBurst"] = Number(RequestsPerSecond),
        ["Authentication__Schemes__Bearer__ValidIssuer"] = Issuer,
        ["Authentication__Schemes__Bearer__ValidAudiences__0"] = Audience,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = Issuer,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = Convert.ToBase64String(tokenKey),
    };

    private string TokenFor(string businessId) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        Claims = new Dictionary<string, object> { ["business_id"] = businessId },
        Expires = DateTime.UtcNow.AddHours(1),
        SigningCredentials = new SigningCredentials(
            new SymmetricSecurityKey(tokenKey), SecurityAlgorithms.HmacSha256),
    });

    private string WriteForLoad(string name, IReadOnlyList<BenchWidget> widgets)
    {
        var path = Path.Combine(folder, $"{name}.load");
        BenchWidget.WriteForLoad(path, widgets);
        return path;
    }

    private static async Task<long> CountRows(string file)
    {
        await using var connection = new SqliteConnection(file);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from deposit_session";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static string DatabaseOf(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"bench_{name.Replace('-', '_').ToLowerInvariant()}");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The rows of a variant's tables before it is measured.</summary>
/// <param name="OpenShare">How many of a hundred sessions are open.</param>
internal sealed record Seeding(int Widgets, int Sessions, int OpenShare);
