using System.Security.Cryptography;
using Bleepay.Grains.Keys;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Signing secrets under the server's keys.</summary>
public sealed class WebhookSecretTests
{
    private static readonly string OldKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string NewKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void A_secret_is_opened_as_it_was_made_and_never_sealed_alike()
    {
        var secrets = Under(OldKey);

        var (secret, first) = secrets.New("wh_1");
        var (other, second) = secrets.New("wh_1");

        Assert.Equal(secret, secrets.Open(first, "wh_1"));
        Assert.NotEqual(secret, other);
        Assert.False(first.Bytes.AsSpan().SequenceEqual(second.Bytes.AsSpan()));
    }

    [Fact]
    public void A_secret_outlives_the_rotation_of_its_key_and_ends_with_the_key()
    {
        var (secret, kept) = Under(OldKey).New("wh_1");

        Assert.Equal(secret, Under(NewKey, OldKey).Open(kept, "wh_1"));
        Assert.Null(Under(NewKey).Open(kept, "wh_1"));
    }

    [Fact]
    public void A_secret_is_opened_for_its_own_endpoint_only_and_not_when_it_was_changed()
    {
        var secrets = Under(OldKey);
        var (_, kept) = secrets.New("wh_1");

        Assert.ThrowsAny<CryptographicException>(() => secrets.Open(kept, "wh_2"));
        for (var index = 0; index < kept.Bytes.Length; index++)
        {
            var changed = kept with { Bytes = kept.Bytes.SetItem(index, (byte)(kept.Bytes[index] ^ 1)) };
            Assert.ThrowsAny<CryptographicException>(() => secrets.Open(changed, "wh_1"));
        }
    }

    private static WebhookSecrets Under(params string[] keys)
    {
        var options = new SecretOptions();
        foreach (var key in keys) options.Keys.Add(key);
        return new WebhookSecrets(new KeyRing(Options.Create(options)));
    }
}
