using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Gateway.Credentials;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Bodies that are not as their headers announce them, on every route that takes a POST.</summary>
[Collection(ServiceFixture.Name)]
public sealed class BrokenBodyTests(ServiceFixture service)
{
    private const string Chunked = "Transfer-Encoding: chunked";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly (string Header, string Body)[] Wrong =
    [
        (Chunked, "80000000\r\n"),
        (Chunked, "ffffffff\r\n{}\r\n0\r\n\r\n"),
        (Chunked, "fffffffffffffffff\r\n"),
        (Chunked, "x\r\n{}\r\n0\r\n\r\n"),
        (Chunked, "-1\r\n"),
        (Chunked, "2\r\n{}0\r\n\r\n"),
    ];

    /// <summary>After these the client is gone.</summary>
    private static readonly (string Header, string Body)[] CutOff =
        [(Chunked, "40\r\n{"), (Chunked, ""), ("Content-Length: 64", "{")];

    [Fact]
    public async Task A_body_that_breaks_off_is_a_client_s_error_and_is_not_logged_as_a_failure()
    {
        var operations = await Operations.Prepare(service.Api);
        var routes = await Routes(operations);
        var before = service.Host.LogText.Length;
        string[] credentials =
        [
            $"X-Client-Secret: {operations.Widget.Secret}", "X-Client-Secret: wdgt_secret_x",
            $"Authorization: Bearer {Tokens.Reporter(Api.Business)}",
        ];

        foreach (var route in routes)
            foreach (var credential in credentials)
                foreach (var (header, body) in Wrong.Concat(CutOff))
                    Assert.True(
                        await Status(route, credential, header, body) is null or (>= 200 and < 500),
                        $"{route} with {header} and {body}");

        var log = service.Host.LogText[before..].Split('\n');
        Assert.DoesNotContain(log, line => line.StartsWith("Error ", StringComparison.Ordinal));

        // A grain that is just leaving hands its request on; the gateway sends what was lost on the way again.
        Assert.DoesNotContain(log, line => line.StartsWith("Warning ", StringComparison.Ordinal)
            && !line.Contains("Failed to forward message", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_good_credential_with_such_a_body_is_answered_400()
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var (header, body) in Wrong)
        {
            Assert.Equal(
                400,
                await Status(
                    operations.Widget.SessionsPath, $"X-Client-Secret: {operations.Widget.Secret}", header, body));
            Assert.Equal(
                401, await Status(operations.Widget.SessionsPath, "X-Client-Secret: wdgt_secret_x", header, body));
        }
    }

    /// <summary>Every one that the description names, of a widget and a session that are there.</summary>
    private async Task<IReadOnlyList<string>> Routes(Operations operations)
    {
        var document = (await service.Api.Get("/openapi/v1.json")).MustBeOk().Body;
        var routes = document["paths"]!.AsObject()
            .Where(path => path.Value!["post"] is JsonObject)
            .Select(path => path.Key
                .Replace("{businessId}", Api.Business, StringComparison.Ordinal)
                .Replace("{widgetId}", operations.Widget.Id, StringComparison.Ordinal)
                .Replace("{sessionId}", operations.Session.Id, StringComparison.Ordinal)
                .Replace("{endpointId}", "wh_a", StringComparison.Ordinal)
                .Replace("{deliveryId}", "dly_a", StringComparison.Ordinal)
                .Replace("{paymentId}", "ump_a", StringComparison.Ordinal))

            // What would take the widget away from the routes after it.
            .Where(path => !path.EndsWith("/delete-widget", StringComparison.Ordinal)
                && !path.EndsWith("/rotate-widget-secret", StringComparison.Ordinal))
            .ToList();
        Assert.True(routes.Count > 10, string.Join('\n', routes));
        Assert.DoesNotContain(routes, route => route.Contains('{', StringComparison.Ordinal));
        return routes;
    }

    /// <summary>Null when the connection was closed without an answer.</summary>
    private async Task<int?> Status(string path, string credential, string header, string body)
    {
        var address = service.Host.Http.BaseAddress!;
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n" +
            $"Content-Type: application/json\r\n{credential}\r\n{header}\r\n\r\n{body}"));
        if (CutOff.Contains((header, body))) client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = await reader.ReadToEndAsync().WaitAsync(Deadline);
            return answer.Length == 0 ? null : int.Parse(answer.Split(' ')[1], null);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
