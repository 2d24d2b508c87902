using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bleepay.Tests.Gateway.Http.Fuzz;
using Bleepay.Tests.Harness;
using CsCheck;

namespace Bleepay.Tests.Gateway.OpenApi;

/// <summary>
/// The API answers what it describes, and describes what it answers. ajv holds bodies against their schemas, all those
/// of a test in one run; a member that no schema names is a problem too.
/// </summary>
[Collection(WebhookFixture.Name)]
public sealed class DescribedAnswerTests(WebhookFixture webhooks)
{
    /// <summary>Of no caller's doing, or of too many callers; described for every operation.</summary>
    private static readonly int[] Unprovoked = [429, 500, 503];

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Every_refusal_of_every_operation_is_described_and_every_described_one_is_given()
    {
        await using var inbox = await Inbox.Open();
        using var http = FuzzedAnswer.Client();
        var operations = await DescribedOperation.AllOf(webhooks.Api);
        var answers = new ConcurrentBag<(DescribedOperation Operation, string Provoked, Answer Answer)>();

        foreach (var operation in operations)
        {
            var targets = new FuzzTargets(webhooks.Host, operation, inbox);
            await Parallel.ForEachAsync(Provocation.Of(operation), async (provocation, _) =>
            {
                foreach (var answer in await provocation.Ask(http, await targets.Make()))
                    answers.Add((operation, provocation.Name, answer));
            });
        }

        Assert.Empty(answers.Select(one => one.Operation.Contradiction(one.Answer) is { } problem
            ? $"{one.Provoked}: {problem}\n{one.Answer.Text}"
            : null).OfType<string>());
        Assert.Empty(operations.SelectMany(operation => operation.Statuses
            .Except(Unprovoked)
            .Except(answers.Where(one => one.Operation == operation).Select(one => (int)one.Answer.Status))
            .Select(status => $"{operation.Name} is described with {status}, which no Provocation causes")));
        await MustFitTheirSchemas(
            answers.Select(one => (one.Operation, $"{one.Operation.Name} {one.Provoked}", one.Answer)));
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Every_answer_to_a_fuzzed_request_fits_its_schema()
    {
        const int each = 15;
        using var http = FuzzedAnswer.Client();
        var answers = new ConcurrentBag<(DescribedOperation, string, Answer)>();

        foreach (var operation in await DescribedOperation.AllOf(webhooks.Api))
        {
            var targets = new FuzzTargets(webhooks.Host, operation);
            var requests = Gen.OneOf(FuzzedRequest.OfBody(operation), FuzzedRequest.OfTheRest(operation))
                .Where(request => request.Body is null || operation.Method == HttpMethod.Post);
            await requests.SampleAsync(
                async request =>
                {
                    var answer = await FuzzedAnswer.Send(http, request.To(await targets.Next()));
                    if (answer.Status != HttpStatusCode.MethodNotAllowed)
                        answers.Add((operation, request.ToString(), answer));
                },
                iter: each);
        }

        await MustFitTheirSchemas(answers);
    }

    [Fact]
    public async Task A_method_that_no_operation_of_a_path_has_is_refused_and_the_others_are_named()
    {
        foreach (var path in (await DescribedOperation.AllOf(webhooks.Api)).GroupBy(operation => operation.Path))
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, path.Key);
            using var response = await webhooks.Host.Http.SendAsync(request);

            (await Answer.Of(response)).MustBe(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
            Assert.All(path, operation => Assert.Contains(operation.Method.Method, response.Content.Headers.Allow));
        }
    }

    private async Task MustFitTheirSchemas(
        IEnumerable<(DescribedOperation Operation, string Name, Answer Answer)> answers)
    {
        var described = new JsonArray();
        foreach (var (operation, name, answer) in answers)
            if (operation.SchemaOf(answer) is { } schema)
                foreach (var text in BodiesOf(answer))
                    described.Add(new JsonObject { ["schema"] = schema, ["name"] = name, ["text"] = text });
        var input = new JsonObject
        {
            ["document"] = (await webhooks.Api.Get(DescribedOperation.DocumentPath)).MustBeOk().Body,
            ["answers"] = described,
        };

        var (exitCode, output) = await NodeTools.RunScriptOn(input.ToJsonString(), "answers.mjs");

        Assert.True(exitCode == 0, output);
        Assert.NotEmpty(described);
        var problems = JsonSerializer.Deserialize<string[]>(output)!;
        Assert.True(problems.Length == 0, string.Join("\n\n", problems.Take(20)));
    }

    /// <summary>The body; of a stream what each event holds.</summary>
    private static IEnumerable<string> BodiesOf(Answer answer)
    {
        const string data = "data: ";
        return answer.ContentType == "text/event-stream"
            ? answer.Text.Split('\n').Where(line => line.StartsWith(data, StringComparison.Ordinal))
                .Select(line => line[data.Length..])
            : [answer.Text];
    }
}
