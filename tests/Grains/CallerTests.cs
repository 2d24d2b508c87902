using System.Reflection;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Grains.Widgets;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Grains;

/// <summary>
/// Every grain method decides by its caller whether it answers. The methods are found by reflection, so one that is
/// added without a caller, or that does not look at it, fails here.
/// </summary>
[Collection(WebhookFixture.Name)]
public sealed class CallerTests(WebhookFixture service)
{
    /// <summary>The methods without a caller, and why each needs none.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["IDepositSessionGrain.Create"] = "from a widget, which has admitted its caller",
        ["IChainCatalogueGrain.Read"] = "the networks and currencies, which are public",
        ["IChainCatalogueGrain.ReadStatuses"] = "how far each network is read, which is public",
        ["IChainWatcherGrain.Ensure"] = "from a silo; it returns nothing and repeats safely",
        ["IChainWatcherGrain.Status"] = "from the catalogue; it names no business",
        ["IWidgetPolicyGrain.ReadDomains"] = "for a browser's preflight, which has no credential",
        ["IWidgetPolicyGrain.ReadMerchant"] = "for the holder of one of its sessions; it is what every customer sees",
        ["IWidgetPolicyGrain.SlotFreed"] = "from a session that has ended; it returns nothing and changes no state",
        ["IWidgetPolicyGrain.Refresh"] = "from a gateway that has made a change; it returns nothing and repeats safely",
        ["IWidgetGrain.ReadVersion"] = "from a silo's copy of the widget, which admits its callers itself",
        ["IWidgetGrain.TryTakeCreation"] = "from a silo's copy of the widget, which has admitted the caller",
        ["IWebhookEndpointGrain.Wake"] = "from a session or the sweep; it returns nothing and repeats safely",
        ["IKeyRingGrain.Admit"] = "from a gateway's own process, about its server keys; it names no business",
        ["ISessionObserver.Changed"] = "an observer of the gateway's own, called by a session",
    };

    private const string Business = "biz_callers";
    private const string Stranger = "biz_stranger";
    private const StringComparison OfText = StringComparison.Ordinal;

    private static readonly Member Owner = new([Business]);

    private static IEnumerable<MethodInfo> Methods => typeof(Caller).Assembly.GetExportedTypes()
        .Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))
        .SelectMany(type => type.GetMethods());

    [Fact]
    public void Every_grain_method_takes_its_caller_or_has_a_reason_not_to()
    {
        var without = Methods.Where(method => !TakesCaller(method)).Select(NameOf);

        Assert.Equal(Exceptions.Keys.Order(), without.Order());
    }

    [Fact]
    public async Task A_caller_of_another_business_gets_not_found_from_every_grain_method()
    {
        var things = await Things.Of(service.Host.Services.GetRequiredService<IGrainFactory>());

        foreach (var method in Methods.Where(TakesCaller))
            foreach (var caller in new Caller[]
            {
                new Member([Stranger]), new Member([]), new PaymentReporter([Stranger]), new PaymentReporter([]),
            })
                foreach (var business in new[] { Business, Stranger })
                {
                    var code = CodeOf(await things.Call(method, caller, business));

                    // A widget's secret opens its page and its sessions as well, and this caller has none.
                    var opensBySecret = method.Name
                        is nameof(IWidgetPolicyGrain.ReadForPage) or nameof(IWidgetPolicyGrain.CreateSession);
                    var expected = opensBySecret && caller is PaymentReporter
                        ? RefusalCode.Unauthorized
                        : RefusalCode.NotFound;
                    Assert.True(expected == code, $"{NameOf(method)} answers {code} to {caller} about {business}.");
                }
    }

    [Fact]
    public async Task A_reporter_of_payments_for_any_business_may_do_nothing_else()
    {
        var things = await Things.Of(service.Host.Services.GetRequiredService<IGrainFactory>());
        var reporter = new PaymentReporter(null);

        foreach (var method in Methods.Where(TakesCaller))
        {
            var code = CodeOf(await things.Call(method, reporter, Business));
            if (method.Name == nameof(IDepositSessionGrain.ReportPayment)) Assert.Null(code);
            else Assert.True(
                code is RefusalCode.NotFound or RefusalCode.Unauthorized, $"{NameOf(method)} answers {code}");
        }
    }

    [Fact]
    public async Task The_same_calls_are_answered_to_a_member()
    {
        var things = await Things.Of(service.Host.Services.GetRequiredService<IGrainFactory>());

        foreach (var method in Methods.Where(TakesCaller).OrderBy(method => method.Name.StartsWith("Delete", OfText)))
        {
            var code = CodeOf(await things.Call(method, Owner, Business));
            RefusalCode? expected = method.Name switch
            {
                nameof(IDepositSessionGrain.ReportPayment) => RefusalCode.Forbidden,
                nameof(IUnmatchedPaymentGrain.Assign) => RefusalCode.NotFound,
                nameof(IWebhookListsGrain.ReadDelivery) or nameof(IWebhookListsGrain.Retry) => RefusalCode.NotFound,
                nameof(IWidgetGrain.Delete) or nameof(IBusinessGrain.DeleteWidget) => code,
                _ => null,
            };
            Assert.True(expected == code, $"{NameOf(method)} answers {code}.");
        }
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static bool TakesCaller(MethodInfo method) => method.GetParameters().Any(parameter =>
        parameter.ParameterType == typeof(Caller)
        || parameter.ParameterType.GetProperties().Any(property => property.PropertyType == typeof(Caller)));

    /// <summary>Of a refusal, or of a result that is one; null for any other answer.</summary>
    private static RefusalCode? CodeOf(object? answer) =>
        ((answer as Refusal) ?? answer?.GetType().GetProperty(nameof(Refusal))?.GetValue(answer) as Refusal)?.Code;

    /// <summary>One of everything that a business has, and arguments for any method.</summary>
    private sealed class Things(IGrainFactory grains, string widgetId, string endpointId, string sessionId)
    {
        private static readonly WidgetSettings Settings = new() { Name = "Shop" };
        private static readonly SealedSecret Secret = new("0a1b2c3d", [1, 2, 3]);

        public static async Task<Things> Of(IGrainFactory grains)
        {
            var widget = Identifiers.New(Identifiers.WidgetPrefix);
            var endpoint = Identifiers.New(Identifiers.EndpointPrefix);
            var session = Identifiers.New(Identifiers.SessionPrefix);
            var things = new Things(grains, widget, endpoint, session);
            Assert.Null((await grains.GetGrain<IBusinessGrain>(Business)
                .CreateWidget(Owner, things.NewWidget(Business))).Refusal);
            Assert.Null((await grains.GetGrain<IWebhookEndpointGrain>(endpoint)
                .Create(Owner, things.NewEndpoint(Business))).Refusal);
            var terms = new SessionTerms("100", "USDC", "polygon", "", "0xShop", null, null, null);
            Assert.Null((await grains.GetGrain<IDepositSessionGrain>(session).Create(
                new CreateDepositSession(Business, widget, terms, "00000000", [1], null, default, null))).Refusal);
            return things;
        }

        public async Task<object?> Call(MethodInfo method, Caller caller, string business)
        {
            var type = method.DeclaringType!;
            var key = type == typeof(IWidgetGrain) || type == typeof(IWidgetPolicyGrain) ? widgetId
                : type == typeof(IWebhookEndpointGrain) ? endpointId
                : type == typeof(IDepositSessionGrain) ? sessionId
                : Business;
            var grain = grains.GetGrain(type, key);
            var arguments = method.GetParameters().Select(parameter => Argument(parameter, caller, business));
            var task = (Task)method.Invoke(grain, [.. arguments])!;
            await task;
            return task.GetType().GetProperty(nameof(Task<>.Result))?.GetValue(task);
        }

        private object? Argument(ParameterInfo parameter, Caller caller, string business) => parameter.Name switch
        {
            "caller" => caller,
            "businessId" => business,
            "widgetId" => widgetId,
            "deliveryId" => new DeliveryKey(
                Identifiers.New(Identifiers.EndpointPrefix), Identifiers.New(Identifiers.SessionPrefix), 1).Id,
            "isEnabled" => true,
            "origin" => null,
            "cancellation" => CancellationToken.None,
            "observer" => grains.CreateObjectReference<ISessionObserver>(new Deaf()),
            "change" => new EndpointChange(null, "new", false, null, []),
            _ => Command(parameter.ParameterType, caller, business),
        };

        private object Command(Type type, Caller caller, string business) =>
            type == typeof(CreateWidget) ? NewWidget(business)
            : type == typeof(CreateEndpoint) ? NewEndpoint(business)
            : type == typeof(UpdateWidget) ? new UpdateWidget(null, Settings, ["name"], [])
            : type == typeof(RotateSecret) ? new RotateSecret(null, 0, [4, 5, 6], [])
            : type == typeof(RotateEndpointSecret) ? new RotateEndpointSecret(null, 0, Secret, [])
            : type == typeof(SendTestEvent) ? new SendTestEvent(null, EventTypes.Created, [])
            : type == typeof(ReportPayment)
                ? new ReportPayment(
                    caller, new PaymentReport(new PaymentKey("0x1", 0), "1", 1, false, null, null), null)
            : type == typeof(CreateSession)
                ? new CreateSession(
                    caller, Identifiers.New(Identifiers.SessionPrefix), null,
                    new SessionDraft("1", "USDC", "polygon", "", "0xShop", null, null, null, []), null, [], "00000000")
            : type == typeof(SessionQuery)
                ? new SessionQuery(null, null, null, null, null, null, null, null, null, null, null, 10, 0)
            : type == typeof(AssignPayment) ? new AssignPayment(caller, business, sessionId, null)
            : type == typeof(UnmatchedQuery) ? new UnmatchedQuery(false, null, null, null, 10, 0)
            : type == typeof(DeliveryQuery) ? new DeliveryQuery(10, 0, null, null, null, null, null)
            : throw new NotSupportedException($"Add an argument of the type {type} here.");

        private CreateWidget NewWidget(string business) => new(widgetId, business, Settings, [1, 2, 3], []);

        private CreateEndpoint NewEndpoint(string business) => new(
            business, new EndpointSettings($"http://127.0.0.1/{endpointId}", null, ["deposit.created"]), Secret, []);
    }

    private sealed class Deaf : ISessionObserver
    {
        public Task Changed(SessionView session) => Task.CompletedTask;
    }
}
