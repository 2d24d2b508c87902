using Bleepay.Gateway.Credentials;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Bleepay.Gateway.OpenApi;

/// <summary>The API's own description, made from the code: OpenAPI 3.1, and a page to read it.</summary>
internal static class ApiDescription
{
    private const string DocumentName = "v1";
    private const string Title = "Bleepay Sessions";

    private const string Introduction =
        """
        Deposit sessions for crypto payment widgets. A widget creates a session, and its customer pays to the deposit
        address. A session is CREATED, PENDING while a payment is not final, and then CONFIRMED, OVERPAID or UNDERPAID.
        An unpaid session is EXPIRED 30 minutes after its creation.

        ## Five minutes to a first payment

        1. Make a widget with a token: `createWidget` answers its `id` and, this once, its `clientSecret`.
        2. Create a session with that secret, from your server or from your page. With a different `Idempotency-Key`
           for each order, a request can be repeated and creates one session:

        ```bash
        curl -X POST "$API/api/v1/widgets/$WIDGET/create-session" \
          -H "X-Client-Secret: $WIDGET_SECRET" -H "Idempotency-Key: $ORDER" -H "Content-Type: application/json" \
          -d '{"amount":"12.50","currency":"USDC","network":"polygon",
               "currencyAddress":"0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
               "depositAddress":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}'
        ```

        3. Send your customer to the answer's `checkoutUrl`, or embed that page.
        4. Create a webhook endpoint with `createWebhookEndpoint`, and fulfil the order when a verified
           `deposit.confirmed` or `deposit.overpaid` arrives. The section Webhooks shows each event.

        ## Rules that hold everywhere

        Amounts are decimal strings and compared exactly. Every error is problem details (RFC 9457) with a `code` from
        a closed list, and with the `requestId` that is also in the service's log.

        Over a limit the answer is 429 with Retry-After, RateLimit and RateLimit-Policy. The limit of a client address
        is checked first, and the limits of a widget last. A node reads one list of a business at a time and queues 48;
        a further request is answered 429.

        A widget secret used in a page is public. Before you fulfil an order, compare amount, currencyAddress and
        depositAddress of the session with it, and fill the widget's lists of allowed values.
        """;

    public static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer<WebhookDescription>();
            options.AddOperationTransformer<OperationDescription>();
            options.AddSchemaTransformer<SchemaDescription>();
        });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi("/openapi/v1.json");
        app.MapScalarApiReference(DocsHeaders.Path, options => options
            .WithTitle(Title)
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .AddDocument(DocumentName)

            // The page offers no other service, and requests nothing from another host.
            .HideDeveloperTools()
            .DisableAgent()
            .DisableMcp()
            .DisableTelemetry()
            .DisableDefaultFonts());
        app.UseDocsHeaders();
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = Title,
            Version = DocumentName,
            Description = Introduction,
            Contact = new OpenApiContact { Name = "The operator of this service" },
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = "Widgets", Description = "A merchant's configuration for creating sessions." },
            new() { Name = "Sessions", Description = "Created by a widget, paid and followed by its customer." },
            new() { Name = "Webhooks", Description = "Endpoints that receive a business's events." },
            new() { Name = "Chains", Description = "Networks and currencies that this deployment watches." },
            new() { Name = "Unmatched payments", Description = "Payments that matched no session." },
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [nameof(ApiCredential.Token)] = TokenScheme(
                "Grants access to the businesses in its `business_id` claim."),
            [nameof(ApiCredential.ReporterToken)] = TokenScheme(
                "Has the scope `payments:report`. Without a `business_id` claim it reports for every business."),
            [nameof(ApiCredential.WidgetSecret)] = SecretScheme(
                "Grants access to config and create-session of its widget."),
            [nameof(ApiCredential.SessionSecret)] = SecretScheme("Grants access to its session."),
        };
    }

    private static OpenApiSecurityScheme TokenScheme(string description) => new()
    {
        Type = SecuritySchemeType.Http,
        Scheme = "bearer",
        BearerFormat = "JWT",
        Description = description,
    };

    private static OpenApiSecurityScheme SecretScheme(string description) => new()
    {
        Type = SecuritySchemeType.ApiKey,
        In = ParameterLocation.Header,
        Name = Credential.SecretHeader,
        Description = description,
    };
}
