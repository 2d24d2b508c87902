using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Webhooks;

/// <summary>
/// Signatures as others verify them, and the samples of the documentation, each run as it stands there.
/// </summary>
[Collection(WebhookFixture.Name)]
public sealed class WebhookSignatureTests(WebhookFixture service)
{
    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_library_of_Standard_Webhooks_takes_a_webhook_and_no_altered_one()
    {
        var (secret, webhook) = await Receive();

        var verdicts = await WebhookVerifier.Verify(
            null, (secret, webhook), (secret, Aged(webhook)), (Other, Resigned(webhook, Other)));

        Assert.Equal("ok", verdicts[0]);
        Assert.NotEqual("ok", verdicts[1]);
        Assert.NotEqual("ok", verdicts[2]);
        Assert.Equal("application/json; charset=utf-8", webhook.Header("content-type"));
        Assert.Equal(webhook.EventId, webhook.Header("webhook-id"));
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_rotated_secret_signs_at_once_and_the_old_one_no_longer_does()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");

        var rotated = (await webhooks.Do(endpoint, "rotate-endpoint-secret")).MustBeOk();
        await service.Api.NewSession(widget);
        await inbox.Holds(1);

        Assert.Equal(["id", "signingSecret"], rotated.Body.AsObject().Select(field => field.Key));
        Assert.Equal(endpoint.Id, rotated["id"]);
        var webhook = inbox.Received.Single();
        var verdicts = await WebhookVerifier.Verify(
            null, (rotated["signingSecret"]!, webhook), (endpoint.Secret, webhook));
        Assert.Equal("ok", verdicts[0]);
        Assert.NotEqual("ok", verdicts[1]);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Both_secrets_sign_during_the_grace_and_a_second_rotation_ends_the_grace_of_the_first()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");

        var second = (await webhooks.Rotate(endpoint, 3600))["signingSecret"]!;
        await service.Api.NewSession(widget);
        await inbox.Holds(1);
        var third = (await webhooks.Rotate(endpoint, 86_400))["signingSecret"]!;
        await service.Api.NewSession(widget);
        await inbox.Holds(2);

        var (first, last) = (inbox.Received.First(), inbox.Received.Last());
        var verdicts = await WebhookVerifier.Verify(
            null,
            (second, first), (endpoint.Secret, Resigned(first, endpoint.Secret)),
            (third, last), (second, Resigned(last, second)),
            (endpoint.Secret, Resigned(last, endpoint.Secret)));
        Assert.Equal(["ok", "ok", "ok", "ok"], verdicts.Take(4));
        Assert.NotEqual("ok", verdicts[4]);
        Assert.All([endpoint.Secret, second], secret => Assert.True(IsGenuine(secret, first, first.Text)));
        Assert.False(IsGenuine(endpoint.Secret, last, last.Text));
    }

    [Fact]
    public async Task The_sample_in_CSharp_is_what_is_compiled_here_and_it_works()
    {
        var compiled = await File.ReadAllTextAsync(
            Path.Combine(SourceFolder.Root, "tests", "Gateway", "Webhooks", "Webhook.cs"));
        Assert.Equal(
            Sample("csharp").Trim(),
            compiled.Replace("namespace Bleepay.Tests.Gateway.Webhooks;\n\n", "", StringComparison.Ordinal).Trim());

        var (secret, webhook) = await Receive();

        Assert.True(IsGenuine(secret, webhook, webhook.Text));
        Assert.False(IsGenuine(secret, webhook, webhook.Text + " "));
        Assert.False(IsGenuine(secret, Aged(webhook), webhook.Text));
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_sample_in_TypeScript_works()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "sample.ts");
        await File.WriteAllTextAsync(file, Sample("typescript"));
        var (secret, webhook) = await Receive();

        var verdicts = await WebhookVerifier.Verify(file, (secret, webhook), (secret, Aged(webhook)));

        Assert.Equal("ok", verdicts[0]);
        Assert.NotEqual("ok", verdicts[1]);
    }

    [FactThatNeeds(Tool.Python)]
    public async Task The_sample_in_Python_works()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "sample.py");
        await File.WriteAllTextAsync(file, Sample("python") +
            """

            import json, sys
            print([is_genuine(one["secret"], one["headers"], one["body"].encode()) for one in json.load(sys.stdin)])
            """);
        var (secret, webhook) = await Receive();

        var (exitCode, output) = await NodeTools.RunToEnd(
            "python3", [file],
            WebhookVerifier.Input((secret, webhook), (secret, Aged(webhook)), (Other, webhook)));

        Assert.True(exitCode == 0, output);
        Assert.Equal("[True, False, False]", output.Trim());
    }

    private static readonly string Other = "whsec_" + Convert.ToBase64String(new byte[32]);

    private async Task<(string Secret, Received Webhook)> Receive()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget, Api.GoodSession().With("customerReference", "ä \"7\" \u2028"));
        await inbox.Holds(1);
        return (endpoint.Secret, inbox.Received.Single());
    }

    /// <summary>The same request, as if it was sent ten minutes ago.</summary>
    private static Received Aged(Received webhook) => webhook with
    {
        Headers = new Dictionary<string, string>(webhook.Headers)
        {
            ["WEBHOOK-TIMESTAMP"] = $"{long.Parse(webhook.Header("webhook-timestamp"), null) - 600}",
        },
    };

    /// <summary>With the X-Platform-Signature of this secret, so that only the standard's signature counts.</summary>
    private static Received Resigned(Received webhook, string secret) => webhook with
    {
        Headers = new Dictionary<string, string>(webhook.Headers)
        {
            ["X-PLATFORM-SIGNATURE"] = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.UTF8.GetBytes(webhook.Text))),
        },
    };

    private static bool IsGenuine(string secret, Received webhook, string body) => Webhook.IsGenuine(
        secret, webhook.Header("webhook-id"), webhook.Header("webhook-timestamp"), webhook.Header("webhook-signature"),
        System.Text.Encoding.UTF8.GetBytes(body));

    /// <summary>The documentation's block of this language.</summary>
    private static string Sample(string language)
    {
        var page = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "webhooks.md"));
        var begin = $"```{language}\n";
        var at = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return page[at..page.IndexOf("```", at, StringComparison.Ordinal)];
    }
}
