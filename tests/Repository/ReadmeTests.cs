using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>
/// The commands of the README, run as they are: a new user copies them. Only the first block is left out, which makes a
/// token in the user's own folder and starts the service; the service of the test stands for it.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    [FactThatNeeds(Tool.Python)]
    public async Task Its_commands_lead_to_a_paid_session_and_a_webhook()
    {
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(SourceFolder.Root, "README.md")))
            .Select(block => block.Groups[1].Value).ToList();
        Assert.Equal(6, blocks.Count);
        Assert.StartsWith("dotnet user-jwts create", blocks[0], StringComparison.Ordinal);
        await using var service = await ServiceProcess.Start(folder.Path, new Dictionary<string, string?>
        {
            ["Webhooks:AllowPrivateNetworks"] = "true",
        });
        var (token, port) = (Tokens.Reporter("biz_demo"), FreePort.Several(1)[0]);
        string Filled(string block, params (string Placeholder, string Value)[] values) => values.Aggregate(
            block.Replace("http://127.0.0.1:8080/", service.Address, StringComparison.Ordinal)
                .Replace("9000", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("<the token>", token, StringComparison.Ordinal),
            (text, value) => text.Replace(value.Placeholder, value.Value, StringComparison.Ordinal));

        var widget = await Json(Filled(blocks[1]));
        var secret = TestLog.Remember(widget["clientSecret"]!.GetValue<string>());
        var widgetId = widget["widget"]!["id"]!.GetValue<string>();
        var create = Filled(blocks[2], ("<the widget's id>", widgetId), ("<its clientSecret>", secret));
        var session = await Json(create);
        TestLog.Remember(session["clientSecret"]!.GetValue<string>());
        Assert.NotNull(session["checkoutUrl"]);
        var paid = await Json(Filled(blocks[3], ("<the session's id>", session["id"]!.GetValue<string>())));
        Assert.Equal("CONFIRMED", paid["paymentStatus"]!.GetValue<string>());

        using var receiver = Start(Filled(blocks[4]));
        try
        {
            await Eventually.True(
                () => ListeningSockets.Of(receiver.Id).Any(), CommandMax, () => "the receiver listens");
            TestLog.Remember((await Json(Filled(blocks[5])))["signingSecret"]!.GetValue<string>());
            var next = await Json(create);
            TestLog.Remember(next["clientSecret"]!.GetValue<string>());

            using var deadline = new CancellationTokenSource(CommandMax);
            var received = JsonNode.Parse((await receiver.StandardOutput.ReadLineAsync(deadline.Token))!)!;
            Assert.Equal("deposit.created", received["type"]!.GetValue<string>());
            Assert.Equal(next["id"]!.GetValue<string>(), received["data"]!["sessionId"]!.GetValue<string>());
        }
        finally
        {
            receiver.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => folder.Dispose();

    [GeneratedRegex("```\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    private Process Start(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONUNBUFFERED"] = "1";
        return Process.Start(start)!;
    }

    private async Task<JsonNode> Json(string command)
    {
        using var process = Start(command);
        using var deadline = new CancellationTokenSource(CommandMax);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        Assert.False(string.IsNullOrWhiteSpace(output), await process.StandardError.ReadToEndAsync(deadline.Token));
        return JsonNode.Parse(output)!;
    }
}
