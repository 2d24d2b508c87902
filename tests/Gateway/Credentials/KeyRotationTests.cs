using System.Security.Cryptography;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>
/// A server key is rotated by adding it last, moving it first, and dropping the old one at last.
/// </summary>
public sealed class KeyRotationTests : IDisposable
{
    private static readonly string Old = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string New = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_session_keeps_its_secret_over_a_rotation_and_new_ones_get_the_new_key()
    {
        TestWidget widget;
        Answer first;
        await using (var before = await Start(Old))
        {
            var api = new Api(before.Http);
            widget = await api.CreateWidget();
            first = (await api.CreateSession(widget, idempotencyKey: "rotated")).MustBeOk();
        }

        await using var after = await Start(New, Old);
        var rotated = new Api(after.Http);
        var again = (await rotated.CreateSession(widget, idempotencyKey: "rotated")).MustBeOk();
        var another = (await rotated.CreateSession(widget)).MustBeOk();

        Assert.Equal(first.Text, again.Text);
        Assert.NotEqual(KeyIdOf(first), KeyIdOf(another));
        foreach (var session in new[] { first, another })
            (await rotated.Get($"/api/v1/widgets/deposit-sessions/{session["id"]}", session["clientSecret"]))
                .MustBeOk();
    }

    private static string KeyIdOf(Answer session) => session["clientSecret"]!.Split('_')[2];

    private Task<ServiceHost> Start(params string[] keys) => ServiceHost.Start(
        folder.Path,
        keys.Select((key, index) => KeyValuePair.Create($"Secrets:Keys:{index}", (string?)TestLog.Remember(key)))
            .Append(new("Checkout:PublicUrl", "https://pay.example"))
            .ToDictionary());
}
