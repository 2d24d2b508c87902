using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Gateway.OpenApi;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>What is true of every answer, whatever was asked.</summary>
internal static class FuzzedAnswer
{
    /// <summary>A widget with every list full of faults is answered with some 50 KB.</summary>
    public const int BytesMax = 128 * 1024;

    private const string EventStream = "text/event-stream";

    /// <summary>Sends headers in UTF-8 as well, which others refuse to.</summary>
    public static HttpClient Client() =>
        new(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 });

    /// <summary>An answer to its end; of a stream of events the first, since it has no end.</summary>
    public static async Task<Answer> Send(HttpClient http, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.Content.Headers.ContentType?.MediaType != EventStream) return await Answer.Of(response);

            using var events = new StreamReader(await response.Content.ReadAsStreamAsync());
            var text = new StringBuilder();
            while (await events.ReadLineAsync() is { Length: > 0 } line) text.AppendLine(line);
            return new Answer(response.StatusCode, text.ToString(), EventStream, response.Headers);
        }
    }

    /// <summary>What is wrong with an answer; null where nothing is.</summary>
    public static string? FaultOf(DescribedOperation operation, Answer answer)
    {
        if ((int)answer.Status >= 500) return "a failure of the service";
        if (Encoding.UTF8.GetByteCount(answer.Text) > BytesMax) return $"more than {BytesMax} bytes";
        if ((int)answer.Status >= 400 && FaultOfProblem(answer) is { } fault) return fault;

        // The path may have become that of another operation, which does not take the method.
        return answer.Status == HttpStatusCode.MethodNotAllowed ? null : operation.Contradiction(answer);
    }

    private static string? FaultOfProblem(Answer answer)
    {
        if (answer.ContentType != "application/problem+json") return $"a refusal of type {answer.ContentType}";
        if (answer.Body is not JsonObject problem) return "a problem that is no object";
        foreach (var name in new[] { "code", "requestId", "title", "detail" })
            if (string.IsNullOrEmpty(answer[name]))
                return $"a problem without {name}";
        if (problem["status"]?.ToJsonString() != $"{(int)answer.Status}") return "a problem of another status";
        if (answer.Code != "validation_failed") return null;
        return problem["errors"] is JsonObject { Count: > 0 } errors
            && errors.All(error => error.Value is JsonArray { Count: > 0 } messages
                && messages.All(message => message!.GetValue<string>().Length > 0))
                ? null
                : "a validation that names no field";
    }
}
