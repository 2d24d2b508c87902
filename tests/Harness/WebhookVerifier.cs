using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>Judges signatures by programs that are not ours (tests/node/webhook.mjs).</summary>
internal static class WebhookVerifier
{
    /// <summary>"ok", or what is wrong, for each webhook.</summary>
    /// <param name="sample">A file of TypeScript that verifies in the library's place, or null.</param>
    public static async Task<IReadOnlyList<string>> Verify(
        string? sample, params (string Secret, Received Webhook)[] webhooks)
    {
        string[] arguments = sample is null ? [] : [sample];
        var (exitCode, output) = await NodeTools.RunScriptOn(Input(webhooks), "webhook.mjs", arguments);
        Assert.True(exitCode == 0, output);
        return JsonSerializer.Deserialize<string[]>(output)!;
    }

    /// <summary>An array of <c>{ secret, headers, body }</c>, as JSON.</summary>
    public static string Input(params (string Secret, Received Webhook)[] webhooks) =>
        new JsonArray([.. webhooks.Select(one => (JsonNode)new JsonObject
        {
            ["secret"] = one.Secret,
            ["body"] = one.Webhook.Text,
            ["headers"] = new JsonObject([.. one.Webhook.Headers.Select(header =>
                KeyValuePair.Create(Lower(header.Key), (JsonNode?)header.Value))]),
        })]).ToJsonString();

#pragma warning disable CA1308 // Node names headers in lower case.
    private static string Lower(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308
}
