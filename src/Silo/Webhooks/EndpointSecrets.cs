using Bleepay.Gateway.Credentials;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Webhooks;

/// <summary>Opens signing secrets with the server's own keys.</summary>
internal sealed class EndpointSecrets(WebhookSecrets secrets) : IEndpointSecrets
{
    public string? Open(string endpointId, SealedSecret secret) => secrets.Open(secret, endpointId);
}
