using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Whatever a body holds, the answer is 200 or a problem of the caller's.</summary>
[Collection(ServiceFixture.Name)]
public sealed class FuzzTests(ServiceFixture service)
{
    private const int Bodies = 2000;
    private const int AtOnce = 8;
    private const string SeedVariable = "FUZZ_SEED";

    [Fact]
    public async Task No_body_makes_the_service_fail()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given)
            ? given
            : Environment.TickCount;
        var widget = await service.Api.CreateWidget();
        var token = Tokens.Reporter(Business, widget.Business);
        var session = await service.Api.OpenSession(widget);
        var wrong = new ConcurrentQueue<string>();

        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForAsync(0, Bodies, limits, async (index, _) =>
        {
            var random = new Random(HashCode(seed, index));
            var good = (index % 3) switch
            {
                0 => Api.GoodSession(),
                1 => Api.GoodWidget(),
                _ => Api.GoodReport().With("txId", $"tx-{index}"),
            };
            var body = new FuzzedBody(random).Of(good);

            var answer = await ((index % 3) switch
            {
                0 => service.Api.PostRaw(widget.SessionsPath, body, widget.Secret),
                1 => service.Api.PostRaw(CreateWidgetPath, body, token: token),
                _ => service.Api.PostRaw(session.ReportPath, body, token: token),
            });

            if (Fault(answer) is { } fault)
                wrong.Enqueue(
                    $"{SeedVariable}={seed}, body {index}: {fault}\n{Readable(body)}\n{answer.Text}");
        });

        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong.Take(5)));
    }

    private const string Business = "biz_fuzz";
    private const string CreateWidgetPath = $"/api/v1/businesses/{Business}/widgets/create-widget";

    /// <summary>The same for each run of a seed, which <see cref="System.HashCode"/> is not.</summary>
    private static int HashCode(int seed, int index) => unchecked((seed * 397) ^ (index * 7919));

    private static string? Fault(Answer answer)
    {
        if (answer.Text.Length == 0) return "an empty answer";
        if (answer.Status == HttpStatusCode.OK)
            return answer.ContentType == Api.Json ? null : $"200 of type {answer.ContentType}";
        if ((int)answer.Status is < 400 or > 499) return $"status {(int)answer.Status}";
        if (answer.ContentType != "application/problem+json") return $"a 4xx of type {answer.ContentType}";
        if (answer.Code == "payment_conflict") return null;
        if (answer.Code != "validation_failed") return $"code {answer.Code}";
        return answer.ErrorPaths.Count > 0 ? null : "a refusal that names no field";
    }

    private static string Readable(byte[] body) => Encoding.Latin1.GetString([.. body.Take(2000)]);
}
