using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

[Collection(ServiceFixture.Name)]
public sealed class CreateSessionTests(ServiceFixture service)
{
    [Fact]
    public async Task A_session_is_answered_with_the_fields_of_the_contract()
    {
        var widget = await service.Api.CreateWidget();

        var answer = (await service.Api.CreateSession(widget)).MustBeOk();

        Assert.Equal(
            [
                "id", "paymentStatus", "amount", "currency", "network", "currencyAddress", "depositAddress",
                "expiresAt", "clientSecret", "paymentUri", "checkoutUrl",
            ],
            answer.Body.AsObject().Select(field => field.Key));
        Assert.Equal("CREATED", answer["paymentStatus"]);
    }
}
