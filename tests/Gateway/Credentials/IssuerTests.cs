using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Tokens of a real OpenID Connect issuer, whose keys the service fetches and follows.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder folder = new();
    private Issuer issuer = null!;
    private ServiceHost host = null!;

    public static TheoryData<string> Clients => ["rs256", "es256"];

    private Api Api => new(host.Http);

    public async Task InitializeAsync()
    {
        issuer = await Issuer.Start(Api.Business);
        host = await ServiceHost.Start(folder.Path, issuer.Settings);
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        await issuer.DisposeAsync();
        folder.Dispose();
    }

    [TheoryThatNeeds(Tool.NodeTools)]
    [MemberData(nameof(Clients))]
    public async Task Tokens_of_the_issuer_are_accepted_by_every_operation(string client)
    {
        var operations = await Operations.Prepare(Api);

        foreach (var operation in Operations.All)
            (await operations.Call(operation, await issuer.Token(client))).MustBeOk();
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_change_of_keys_is_followed_within_seconds_also_after_forged_tokens()
    {
        var operations = await Operations.Prepare(Api);
        (await operations.Call("get-widget", await issuer.Token("rs256"))).MustBeOk();

        // Each forged token names an unknown key, and the service looks for it once.
        for (var rotation = 0; rotation < 3; rotation++)
        {
            (await operations.Call("get-widget", Forged($"forged-{rotation}"))).MustBeUnauthorized();
            var old = await issuer.Token("es256");
            await issuer.Rotate();
            var token = await issuer.Token("rs256");

            await Eventually.Holds($"rotation {rotation} is followed", Deadline, async () =>
                (await operations.Call("get-widget", token)).Status == System.Net.HttpStatusCode.OK);
            (await operations.Call("get-widget", await issuer.Token("es256"))).MustBeOk();
            (await operations.Call("get-widget", old)).MustBeOk();
        }
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_published_key_is_never_used_as_a_shared_secret()
    {
        var operations = await Operations.Prepare(Api);
        (await operations.Call("get-widget", await issuer.Token("rs256"))).MustBeOk();
        var key = JsonNode.Parse(await issuer.PublishedKeys())!["keys"]!.AsArray()
            .First(published => published!["kty"]!.GetValue<string>() == "RSA")!;
        using var rsa = RSA.Create(new RSAParameters
        {
            Modulus = Base64UrlEncoder.DecodeBytes(key["n"]!.GetValue<string>()),
            Exponent = Base64UrlEncoder.DecodeBytes(key["e"]!.GetValue<string>()),
        });
        byte[][] spellings =
        [
            Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
            Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"),
            rsa.ExportSubjectPublicKeyInfo(),
            rsa.ExportRSAPublicKey(),
            Base64UrlEncoder.DecodeBytes(key["n"]!.GetValue<string>()),
            Encoding.ASCII.GetBytes(key["n"]!.GetValue<string>()),
            Encoding.UTF8.GetBytes(key.ToJsonString()),
        ];

        foreach (var secret in spellings)
        {
            var forged = Tokens.Raw(
                $$"""{"alg":"HS256","typ":"at+jwt","kid":"{{key["kid"]}}"}""", Claims(),
                signed => HMACSHA256.HashData(secret, signed));
            foreach (var operation in Operations.All) (await operations.Call(operation, forged)).MustBeUnauthorized();
        }
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_configured_key_works_beside_the_issuer_and_only_for_its_own_algorithms()
    {
        var operations = await Operations.Prepare(Api);

        (await operations.Call("get-widget", Tokens.For(Api.Business))).MustBeOk();
        (await operations.Call("get-widget", Tokens.Raw("""{"alg":"RS256","typ":"JWT"}""", Claims())))
            .MustBeUnauthorized();
    }

    private JsonObject Claims() => Tokens.Claims(Api.Business).With("iss", issuer.Address);

    private string Forged(string keyId)
    {
        using var key = RSA.Create(2048);
        return Tokens.Raw(
            $$"""{"alg":"RS256","typ":"at+jwt","kid":"{{keyId}}"}""", Claims(),
            signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }
}
