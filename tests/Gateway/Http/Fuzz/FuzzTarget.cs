using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Bleepay.Tests.Gateway.OpenApi;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>What a request is sent to: everything that the operation's path names exists.</summary>
/// <param name="Service">Without a slash at its end.</param>
/// <param name="LastId">The last id in the path; null where it has none.</param>
/// <param name="Token">A member's of the business, with the scope to report payments.</param>
/// <param name="Secret">Opens the session or the widget of the path; null where none does.</param>
/// <param name="Made">What exists behind the path.</param>
internal sealed record FuzzTarget(
    string Service, string Path, string? LastId, string Token, string? Secret, Made Made);

/// <summary>
/// The targets of one operation, each for a few requests, since a business has a limit of everything and some requests
/// delete what they are sent to. Every target has a separate business.
/// </summary>
/// <param name="inbox">
/// Where webhooks go. Without it none is ever sent, so that nothing leaves this machine, and there are no deliveries.
/// </param>
internal sealed partial class FuzzTargets(ServiceHost host, DescribedOperation operation, Inbox? inbox = null)
{
    private const int RequestsEach = 40;

    private readonly ConcurrentDictionary<int, Lazy<Task<FuzzTarget>>> made = new();
    private int asked;

    public Task<FuzzTarget> Next() =>
        made.GetOrAdd(Interlocked.Increment(ref asked) / RequestsEach, _ => new(Make)).Value;

    /// <summary>A target that nothing was sent to.</summary>
    public async Task<FuzzTarget> Make()
    {
        var made = new Made(new Api(host.Http), Api.NewBusiness(), inbox?.Url);
        var (path, lastId) = (operation.Path, (string?)null);
        foreach (var name in operation.Parameters("path"))
        {
            lastId = name switch
            {
                "businessId" => made.Business,
                "widgetId" => (await made.Widget()).Id,
                "sessionId" => (await made.Session()).Id,
                "endpointId" => (await made.Endpoint()).Id,
                "deliveryId" => await made.Delivery(),
                "paymentId" => await host.RecordUnmatched(await made.Session(), Made.UnmatchedTransaction),
                _ => throw new InvalidOperationException($"Say here what {name} of {operation.Name} stands for."),
            };
            path = path.Replace($"{{{name}}}", lastId, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch(Braces, path);
        var secret = operation.Takes("SessionSecret") ? (await made.Session()).Secret
            : operation.Takes("WidgetSecret") ? (await made.Widget()).Secret
            : null;
        return new FuzzTarget(
            host.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), path, lastId, Tokens.Reporter(made.Business),
            secret, made);
    }

    [GeneratedRegex("[{}]")]
    private static partial Regex Braces { get; }
}

/// <summary>What exists of a business, each made when it is first asked for.</summary>
internal sealed class Made(Api api, string business, string? receiver)
{
    /// <summary>Of the payment that no session took.</summary>
    public const string UnmatchedTransaction = "0xfeed";

    private readonly WebhookApi webhooks = new(api, business);
    private TestWidget? widget;
    private TestSession? session;
    private TestEndpoint? endpoint;

    public Api Api => api;

    public string Business => business;

    public WebhookApi Webhooks => webhooks;

    public async Task<TestWidget> Widget() => widget ??= await api.CreateWidget(business: business);

    public TestSession MadeSession => session ?? throw new InvalidOperationException("No session was made.");

    public async Task<TestSession> Session() => session ??= await api.NewSession(await Widget());

    /// <summary>At an address that is never asked, unless there is a receiver.</summary>
    public async Task<TestEndpoint> Endpoint() => endpoint ??= await webhooks.CreateEndpoint(
        receiver ?? "https://1.1.1.1/webhooks", receiver is null ? "deposit.failed" : "deposit.created");

    /// <returns>The id of a delivery that has arrived; without a receiver of none.</returns>
    public async Task<string> Delivery()
    {
        if (receiver is null) return "dly_none";
        var to = await Endpoint();
        await Session();
        var deliveries = await webhooks.DeliveriesOnce(
            to, "a delivery", found => found is [{ } only] && only["status"]!.GetValue<string>() == "DELIVERED");
        return deliveries[0]["id"]!.GetValue<string>();
    }
}
