using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Gateway.OpenApi;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.OpenApi;

[Collection(ServiceFixture.Name)]
public sealed class ApiDescriptionTests(ServiceFixture service)
{
    private const string Path = "/openapi/v1.json";

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_description_lints_clean_by_redocly_s_recommended_rules()
    {
        using var folder = new TemporaryFolder();
        var file = System.IO.Path.Combine(folder.Path, "openapi.json");
        await File.WriteAllTextAsync(file, (await service.Api.Get(Path)).Text);

        var (exitCode, output) = await NodeTools.Run("redocly", "lint", file, "--config", "redocly.yaml");

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("You have", output, StringComparison.Ordinal);
        Assert.Contains("Your API description is valid", output, StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_description_lints_clean_by_spectral_s_rules_of_OpenAPI()
    {
        using var folder = new TemporaryFolder();
        var file = System.IO.Path.Combine(folder.Path, "openapi.json");
        await File.WriteAllTextAsync(file, (await service.Api.Get(Path)).Text);

        var (exitCode, output) = await NodeTools.Run(
            "spectral", "lint", file, "--ruleset", "spectral.yaml", "--fail-severity", "hint");

        Assert.True(exitCode == 0, output);
        Assert.Contains("No results", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_route_names_its_credentials_its_errors_and_their_codes()
    {
        var document = (await service.Api.Get(Path)).MustBeOk().Body;

        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => (path.Key, Operation: operation.Value!)))
            .ToList();
        Assert.Equal(Routes(), operations.Count);
        foreach (var (path, operation) in operations)
        {
            var isOpen = path.StartsWith("/api/v1/finance/", StringComparison.Ordinal);
            Assert.Equal(isOpen, operation["security"]!.AsArray().Count == 0);
            foreach (var status in isOpen ? ["400", "500", "503"] : new[] { "401", "404", "500", "503" })
                Assert.Contains("`", operation["responses"]![status]!["description"]!.GetValue<string>());
        }
    }

    /// <summary>The gateway binds some parameters itself, such as the member of a business.</summary>
    [Fact]
    public async Task Every_parameter_of_a_path_is_described_once_in_its_order_and_with_its_form()
    {
        var document = (await service.Api.Get(Path)).MustBeOk().Body;

        foreach (var (path, operations) in document["paths"]!.AsObject())
            foreach (var (_, operation) in operations!.AsObject())
            {
                var parameters = (operation!["parameters"]?.AsArray() ?? [])
                    .Where(parameter => parameter!["in"]!.GetValue<string>() == "path")
                    .ToList();
                Assert.Equal(
                    path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}')),
                    parameters.Select(parameter => parameter!["name"]!.GetValue<string>()));
                Assert.All(parameters, parameter => Assert.True(parameter!["required"]!.GetValue<bool>()));
                Assert.All(parameters, parameter => Assert.NotEmpty(
                    parameter!["schema"]!["pattern"]!.GetValue<string>()));
            }

        Assert.DoesNotContain("BusinessMember", document.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    private int Routes() => service.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .Count(endpoint => endpoint.Metadata.GetMetadata<CredentialMetadata>() is not null);

    [Fact]
    public async Task Every_field_of_a_session_request_is_described_with_its_bounds()
    {
        var document = (await service.Api.Get(Path)).MustBeOk().Body;
        var schema = document["components"]!["schemas"]!["CreateSessionRequest"]!;

        Assert.Equal(
            ["amount", "currency", "network", "currencyAddress", "depositAddress"],
            schema["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        Bounds("amount", 1, 32);
        Bounds("currency", 2, 8);
        Bounds("network", 4, 66);
        Bounds("currencyAddress", 0, 66);
        Bounds("depositAddress", 1, 128);
        Bounds("customerEmail", 1, 128);
        Bounds("customerReference", 1, 128);

        void Bounds(string field, int min, int max)
        {
            JsonNode property = schema["properties"]![field]!;
            Assert.Equal((min, max), (property["minLength"]!.GetValue<int>(), property["maxLength"]!.GetValue<int>()));
        }
    }

    [Theory]
    [InlineData("PaymentStatus", "CREATED")]
    [InlineData("WidgetMode", "FIXED_AMOUNT")]
    [InlineData("ChangeCause", "TIMEOUT")]
    public async Task A_closed_list_is_described_by_the_words_that_are_sent(string name, string word)
    {
        var schema = (await service.Api.Get(Path)).MustBeOk().Body["components"]!["schemas"]![name]!;

        Assert.Equal("string", schema["type"]!.GetValue<string>());
        Assert.Contains(word, schema["enum"]!.AsArray().Select(value => value!.GetValue<string>()));
    }

    /// <summary>A time has the form of all times in its description only where the field has no other.</summary>
    [Theory]
    [InlineData("ReportPaymentRequest", "observedAt", "When you saw the payment.")]
    [InlineData("EndpointResource", "pausedAt", "When deliveries were paused")]
    [InlineData("EndpointResource", "createdAt", "ISO 8601")]
    public async Task A_time_keeps_the_description_of_its_field(string name, string field, string start)
    {
        var schema = (await service.Api.Get(Path)).MustBeOk().Body["components"]!["schemas"]![name]!;

        Assert.StartsWith(
            start, schema["properties"]![field]!["description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_description_can_be_read_as_a_page()
    {
        var page = (await service.Api.Get("/docs/")).MustBeOk();

        Assert.Equal("text/html", page.ContentType);
        Assert.Equal(HttpStatusCode.OK, (await service.Api.Get("/docs/scalar.js")).Status);
    }
}
