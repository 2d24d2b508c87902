using Bleepay.Grains.Webhooks;

namespace Bleepay.Tests.Grains.Webhooks;

/// <summary>Which secrets of an endpoint sign, and for how long.</summary>
public sealed class EndpointSecretTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_123);
    private static readonly SealedSecret First = new("0a1b2c3d", [1]);
    private static readonly SealedSecret Second = new("0a1b2c3d", [2]);

    private static readonly WebhookEndpoint Endpoint = new()
    {
        BusinessId = "biz_tests",
        Settings = new EndpointSettings("https://shop.example/", null, [EventTypes.Created]),
        IsEnabled = true,
        Secret = First,
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    [Fact]
    public void The_secret_before_signs_along_until_the_grace_has_ended()
    {
        var rotated = EndpointRules.Rotate(Endpoint, Second, 60, Now);

        Assert.Equal([Second, First], EndpointRules.SigningSecrets(rotated, Now));
        Assert.Equal([Second, First], EndpointRules.SigningSecrets(rotated, Now.AddSeconds(60).AddMilliseconds(-1)));
        Assert.Equal([Second], EndpointRules.SigningSecrets(rotated, Now.AddSeconds(60)));
    }

    [Fact]
    public void Without_a_grace_only_the_new_secret_signs()
    {
        var rotated = EndpointRules.Rotate(EndpointRules.Rotate(Endpoint, Second, 60, Now), First, 0, Now);

        Assert.Equal([First], EndpointRules.SigningSecrets(rotated, Now));
        Assert.Null(rotated.PreviousSecret);
    }
}
