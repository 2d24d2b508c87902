using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A real OpenID Connect issuer, a separate process on a free port (tests/node/issuer.mjs).
/// </summary>
internal sealed class Issuer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly HttpClient http = new();

    private Issuer(Process process) => this.process = process;

    /// <summary>Its address, which is the <c>iss</c> of its tokens.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The service's settings that make it trust this issuer, beside the tests' own key.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Authentication:Schemes:Bearer:Authority"] = Address,
        ["Authentication:Schemes:Bearer:RequireHttpsMetadata"] = "false",
    };

    public static async Task<Issuer> Start(string businessId)
    {
        Tools.Require(Tool.NodeTools);
        var node = new ProcessStartInfo("node", ["issuer.mjs", Tokens.Audience, businessId])
        {
            WorkingDirectory = NodeTools.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var issuer = new Issuer(Process.Start(node)!);
        issuer.process.BeginErrorReadLine();
        issuer.Address = (await issuer.ReadLine())["issuer"]!.GetValue<string>();
        return issuer;
    }

    /// <summary>Makes new keys and signs with them at once; the old ones stay published.</summary>
    public Task Rotate() => Command("rotate");

    /// <summary>Makes new keys, signs with them at once, and publishes the old ones no longer.</summary>
    public Task Withdraw() => Command("withdraw");

    /// <summary>Answers no request until <see cref="Return"/>.</summary>
    public Task Leave() => Command("leave");

    public Task Return() => Command("return");

    /// <summary>How often its keys were asked for.</summary>
    public async Task<int> Fetches() => (await Command("count"))["fetches"]!.GetValue<int>();

    /// <summary>A token by the client credentials grant.</summary>
    /// <param name="client"><c>rs256</c> or <c>es256</c>, which is also how the token is signed.</param>
    public async Task<string> Token(string client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Address}/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client}:{client}")));
        using var response = await http.SendAsync(request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return TestLog.Remember(answer["access_token"]!.GetValue<string>());
    }

    /// <summary>The public keys as published.</summary>
    public async Task<string> PublishedKeys() => await http.GetStringAsync(new Uri($"{Address}/jwks"));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        process.Dispose();
    }

    private async Task<JsonNode> Command(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        return await ReadLine();
    }

    /// <summary>The next line that is an answer; the library writes warnings in between.</summary>
    private async Task<JsonNode> ReadLine()
    {
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.False(line is null, "The issuer has ended.");
            if (line.StartsWith('{')) return JsonNode.Parse(line)!;
        }
    }
}
