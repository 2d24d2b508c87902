using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bleepay.Bench.Load;

/// <summary>One variant, running: its processes, its widgets and its table.</summary>
/// <param name="Database">On the server; null for a variant that stores nothing there.</param>
/// <param name="CountRows">How many sessions are stored; null where nothing is.</param>
internal sealed record Subject(
    string Name,
    IReadOnlyList<RunningService> Services,
    IReadOnlyList<BenchWidget> Widgets,
    string WidgetsPath,
    string? Database,
    Func<Task<long>>? CountRows) : IAsyncDisposable
{
    /// <summary>Processes that the variant needs and that are not measured.</summary>
    public IReadOnlyList<RunningService> Beside { get; init; } = [];

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    /// <summary>Where requests go: the last of the processes to start.</summary>
    public Uri Url => Services[^1].Url;

    public bool IsKeyed => VariantNames.IsKeyed(Name);

    public TimeSpan Cpu() => Services.Aggregate(TimeSpan.Zero, (sum, service) => sum + service.Cpu());

    public async Task<long> AllocatedBytes()
    {
        var sum = 0L;
        foreach (var service in Services) sum += (await service.Probe()).AllocatedBytes;
        return sum;
    }

    /// <summary>Opens a session and looks at every field of the answer.</summary>
    /// <returns>The session's id.</returns>
    /// <exception cref="BenchmarkException">The answer is not what the API promises.</exception>
    public async Task<string> OpenOne(HttpClient http, BenchWidget widget)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Url, $"/api/v1/widgets/{widget.Id}/create-session"))
        {
            Content = JsonContent.Create(BenchWidget.SessionBody),
        };
        request.Headers.Add("X-Client-Secret", widget.Secret);
        if (IsKeyed) request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid():N}");
        var before = DateTimeOffset.UtcNow;
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new BenchmarkException($"{Name} answered {(int)answer.StatusCode}: {text}");

        var session = JsonNode.Parse(text)!.AsObject();
        var sent = BenchWidget.SessionBody;
        foreach (var field in new[] { "amount", "currency", "network", "currencyAddress", "depositAddress" })
            Expect(sent[field]!.GetValue<string>(), field);
        Expect("CREATED", "paymentStatus");
        var end = DateTimeOffset.Parse(Text("expiresAt"), CultureInfo.InvariantCulture);
        var life = end - before;
        var isRight = Text("id").StartsWith("dep_", StringComparison.Ordinal)
            && Text("clientSecret").StartsWith("dep_secret_", StringComparison.Ordinal)
            && life > Lifetime - TimeSpan.FromSeconds(1) && life < Lifetime + TimeSpan.FromSeconds(30);
        return isRight ? Text("id") : throw new BenchmarkException($"{Name} answered wrongly: {text}");

        string Text(string field) => session[field]?.GetValue<string>() ?? "";

        void Expect(string value, string field)
        {
            if (Text(field) != value) throw new BenchmarkException($"{Name} answered a wrong {field}: {text}");
        }
    }

    /// <summary>A wrong secret must be refused, or the credential is not looked at.</summary>
    public async Task RefusesStrangers(HttpClient http)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Url, $"/api/v1/widgets/{Widgets[0].Id}/create-session"))
        {
            Content = JsonContent.Create(BenchWidget.SessionBody),
        };
        request.Headers.Add("X-Client-Secret", Widgets[1].Secret);
        using var answer = await http.SendAsync(request);
        if ((int)answer.StatusCode != 401)
            throw new BenchmarkException($"{Name} answered {(int)answer.StatusCode} to a wrong secret.");
    }

    /// <summary>An amount outside the widget's bounds must be refused, or the rules are not looked at.</summary>
    public async Task RefusesAgainstRules(HttpClient http)
    {
        var body = BenchWidget.SessionBody;
        body["amount"] = "0.5";
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Url, $"/api/v1/widgets/{Widgets[0].Id}/create-session"))
        {
            Content = JsonContent.Create(body),
        };
        request.Headers.Add("X-Client-Secret", Widgets[0].Secret);
        using var answer = await http.SendAsync(request);
        if ((int)answer.StatusCode != 400)
            throw new BenchmarkException($"{Name} answered {(int)answer.StatusCode} to an amount below the minimum.");
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        if (problem.RootElement.GetProperty("code").GetString() != "validation_failed")
            throw new BenchmarkException($"{Name} refuses an amount below the minimum, but not for that.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services.Reverse().Concat(Beside)) await service.DisposeAsync();
    }
}
