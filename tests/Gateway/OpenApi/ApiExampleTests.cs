using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains.Webhooks;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.OpenApi;

/// <summary>The examples of the API's description are what the API takes and answers.</summary>
[Collection(WebhookFixture.Name)]
public sealed partial class ApiExampleTests(WebhookFixture service)
{
    [Fact]
    public async Task Every_body_that_is_described_has_an_example()
    {
        var document = await Document();

        foreach (var (name, content) in Contents(document))
            Assert.True(
                content["example"] is not null || content["examples"] is JsonObject { Count: > 0 },
                $"{name} has no example");
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Every_example_fits_its_schema()
    {
        var document = await Document();
        var examples = new JsonArray();
        foreach (var (name, content) in Contents(document))
        {
            var values = content["examples"]?.AsObject().Select(one => one.Value!["value"]!) ?? [content["example"]!];
            foreach (var value in values)
            {
                examples.Add(new JsonObject
                {
                    ["schema"] = Pointer(content),
                    ["name"] = name,
                    ["text"] = value.ToJsonString(),
                });
            }
        }

        await MustFit(document, examples);
    }

    /// <summary>Sent as they are in the document, to a service whose widget allows what they ask.</summary>
    [Fact]
    public async Task Requests_of_the_examples_are_accepted()
    {
        var business = Api.NewBusiness();
        var token = Tokens.For(business);
        var path = $"/api/v1/businesses/{business}/widgets/create-widget";
        var made = (await service.Api.Post(path, ApiExamples.RequestOf("createWidget"), token: token)).MustBeOk();
        var widget = new TestWidget(
            made.Body["widget"]!["id"]!.GetValue<string>(), TestLog.Remember(made["clientSecret"]!), business);
        (await service.Api.Manage(widget, "update-widget", ApiExamples.RequestOf("updateWidget"))).MustBeOk();
        var session = await service.Api.NewSession(widget, ApiExamples.RequestOf("createSession"));
        var paid = (await service.Api.Report(session, ApiExamples.RequestOf("reportPayment")!)).MustBeOk();
        (await service.Api.Manage(widget, "rotate-widget-secret", ApiExamples.RequestOf("rotateWidgetSecret")))
            .MustBeOk();

        Assert.Equal("CONFIRMED", paid["paymentStatus"]);
        Assert.Equal(
            Members(ApiExamples.AnswerOf("createSession")!).Order(), Members(session.Opened.Body).Order());
        Assert.Equal(Members(ApiExamples.AnswerOf("reportPayment")!).Order(), Members(paid.Body).Order());
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Every_webhook_that_is_sent_fits_its_description()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, [.. EventTypes.All]);
        foreach (var type in EventTypes.Sent) (await webhooks.SendTestEvent(endpoint, type)).MustBeOk();
        await inbox.Holds(EventTypes.Sent.Length);

        var document = await Document();
        var bodies = inbox.FirstArrivals.Select(one => (JsonNode)new JsonObject
        {
            ["schema"] = Pointer(document["webhooks"]![one.Type]!["post"]!["requestBody"]!["content"]![Api.Json]!),
            ["name"] = one.Type,
            ["text"] = one.Text,
        });

        await MustFit(document, [.. bodies]);
        foreach (var one in inbox.FirstArrivals)
        {
            var example = ApiExamples.WebhookOf(one.Type)["data"]!;
            Assert.Equal(Members(example).Order(), Members(one.Body["data"]!).Order());
        }
    }

    [Fact]
    public void Examples_of_errors_are_those_of_the_documentation()
    {
        var text = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "errors.md"));
        var documented = DocumentedProblem().Matches(text)
            .Select(match => JsonNode.Parse(match.Groups[1].Value)!).ToList();

        Assert.NotEmpty(documented);
        foreach (var problem in documented)
        {
            var kind = Enum.GetValues<Bleepay.Grains.RefusalCode>().Select(Bleepay.Gateway.Http.ProblemKind.Of)
                .Single(one => one.Code == problem["code"]!.GetValue<string>());
            var example = ApiExamples.ProblemOf(kind);
            Assert.Equal(problem["detail"]!.GetValue<string>(), example["detail"]!.GetValue<string>());
            Assert.Equal(problem["errors"]?.ToJsonString(), example["errors"]?.ToJsonString());
        }
    }

    [GeneratedRegex("```json\n(\\{ \"status\".*?)```", RegexOptions.Singleline)]
    private static partial Regex DocumentedProblem();

    private async Task<JsonNode> Document() => (await service.Api.Get(DescribedOperation.DocumentPath)).MustBeOk().Body;

    /// <summary>Every content of a request or an answer, of operations and of webhooks.</summary>
    private static IEnumerable<(string Name, JsonNode Content)> Contents(JsonNode document)
    {
        foreach (var part in (string[])["paths", "webhooks"])
            foreach (var operation in document[part]!.AsObject().SelectMany(path => path.Value!.AsObject()))
            {
                var name = operation.Value!["operationId"]!.GetValue<string>();
                foreach (var content in operation.Value["requestBody"]?["content"]?.AsObject() ?? [])
                    yield return ($"{name} request", content.Value!);
                foreach (var answer in operation.Value["responses"]!.AsObject())
                    foreach (var content in answer.Value!["content"]?.AsObject() ?? [])
                        yield return ($"{name} {answer.Key}", content.Value!);
            }
    }

    private static string Pointer(JsonNode content)
    {
        var path = content["schema"]!.GetPath().TrimStart('$');
        var segments = PathSegment().Matches(path).Select(match => match.Groups[1].Success
            ? match.Groups[1].Value
            : match.Groups[2].Value);
        return string.Concat(segments.Select(segment =>
            "/" + segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"\['([^']*)'\]|\.?([^.\[\]]+)")]
    private static partial Regex PathSegment();

    private static IEnumerable<string> Members(JsonNode node) => node.AsObject().Select(member => member.Key);

    private static async Task MustFit(JsonNode document, JsonArray answers)
    {
        var input = new JsonObject { ["document"] = document.DeepClone(), ["answers"] = answers };
        var (exitCode, output) = await NodeTools.RunScriptOn(input.ToJsonString(), "answers.mjs");

        Assert.True(exitCode == 0, output);
        var problems = JsonSerializer.Deserialize<string[]>(output)!;
        Assert.True(problems.Length == 0, string.Join("\n\n", problems.Take(20)));
    }
}
