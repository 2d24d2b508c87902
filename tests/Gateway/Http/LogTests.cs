using System.Net;
using System.Security.Cryptography;
using Bleepay.Tests.Gateway.Credentials;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>What a service logs at its most detailed level, and what it never logs.</summary>
public sealed class LogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task No_log_holds_a_secret_or_a_token()
    {
        await using var host = await ServiceHost.Start(folder.Path);
        var operations = await Operations.Prepare(new Api(host.Http));
        var expired = Tokens.Raw(
            """{"alg":"HS256","typ":"JWT"}""", Tokens.Claims(Api.Business).With("exp", 1));
        string[] secrets =
        [
            operations.Widget.Secret, operations.Session.Secret,
            TestLog.Remember(operations.Widget.Secret + "-spoilt"), "x",
        ];
        string?[] tokens =
            [null, Tokens.For(Api.Business), Tokens.For("biz_other"), expired, expired[..^1], "nonsense"];

        foreach (var operation in Operations.All)
            foreach (var secret in secrets)
                foreach (var token in tokens)
                    await operations.Call(operation, token, secret);

        var log = host.LogText;
        Assert.Contains("Trace ", log, StringComparison.Ordinal);
        Assert.Contains(operations.Session.Id, log, StringComparison.Ordinal);
        Assert.Empty(TestLog.SecretsIn(log));
    }

    /// <summary>
    /// A session names the key of its secret. Dropping that key too early is an operator's mistake.
    /// </summary>
    [Fact]
    public async Task An_error_is_found_in_the_log_by_its_request_id()
    {
        TestWidget widget;
        await using (var first = await ServiceHost.Start(folder.Path, RandomKey()))
        {
            widget = await new Api(first.Http).CreateWidget();
            await new Api(first.Http).NewSession(widget, idempotencyKey: "key");
        }

        await using var second = await ServiceHost.Start(folder.Path, RandomKey());
        var answer = await new Api(second.Http).CreateSession(widget, idempotencyKey: "key");

        answer.MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        var log = second.LogText;
        Assert.Contains($"Warning Request {answer["requestId"]} could not be served", log, StringComparison.Ordinal);
        Assert.Contains("Put that key back into Secrets__Keys", log, StringComparison.Ordinal);
        Assert.Empty(TestLog.SecretsIn(log));
    }

    [Fact]
    public async Task A_refusal_is_found_in_the_log_by_its_request_id()
    {
        await using var host = await ServiceHost.Start(folder.Path);

        var answer = await new Api(host.Http).Get("/api/v1/widgets/wdgt_unknown/config", secret: "wdgt_secret_x");

        answer.MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.Contains(
            $"Information Request {answer["requestId"]} was refused with 404 not_found", host.LogText,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> RandomKey() => new()
    {
        ["Secrets:Keys:0"] = TestLog.Remember(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
    };
}
