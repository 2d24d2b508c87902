namespace Bleepay.Grains.Webhooks;

/// <summary>Opens signing secrets, where the server's keys are known.</summary>
public interface IEndpointSecrets
{
    /// <summary>
    /// The secret as its merchant has it, <c>whsec_…</c>; null when its server key is no longer there.
    /// </summary>
    string? Open(string endpointId, SealedSecret secret);
}
