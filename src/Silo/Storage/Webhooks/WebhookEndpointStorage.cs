using System.Globalization;
using Bleepay.Grains.Webhooks;
using Orleans.Storage;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>
/// Orleans' view of the stored endpoints. They are in a separate table and not with the stock provider, since every
/// commit of a session looks up the endpoints that subscribe to its events.
/// </summary>
internal sealed class WebhookEndpointStorage(WebhookStore store) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var stored = await store.ReadEndpoint(IdOf(grainId));
        state.State = new WebhookEndpointState { Endpoint = stored?.Endpoint };
        state.RecordExists = stored is not null;
        state.ETag = stored?.Version.ToString(CultureInfo.InvariantCulture);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var endpoint = state.State?.Endpoint
            ?? throw new InvalidOperationException("An endpoint is stored when it is made, not before.");
        var expected = state.ETag is null ? 0 : int.Parse(state.ETag, CultureInfo.InvariantCulture);
        switch (await store.WriteEndpoint(IdOf(grainId), endpoint, expected))
        {
            case EndpointWriteOutcome.Conflict:
                throw new InconsistentStateException("The endpoint was written by another activation.");
            case EndpointWriteOutcome.TooMany:
                state.State.Refused =
                    $"can't be added: this business has {WebhookBounds.EndpointsPerBusinessMax} endpoints; " +
                    "delete one first";
                break;
            case EndpointWriteOutcome.UrlTaken:
                state.State.Refused = "must differ from the URLs of this business's other endpoints";
                break;
            default:
                state.State.Refused = null;
                state.RecordExists = true;
                state.ETag = (expected + 1).ToString(CultureInfo.InvariantCulture);
                break;
        }
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        await store.DeleteEndpoint(IdOf(grainId));
        state.State = new WebhookEndpointState();
        state.RecordExists = false;
        state.ETag = null;
    }

    private static IGrainState<WebhookEndpointState> StateOf<T>(IGrainState<T> grainState) =>
        grainState as IGrainState<WebhookEndpointState>
        ?? throw new NotSupportedException($"This storage keeps webhook endpoints only, not {typeof(T)}.");

    private static string IdOf(GrainId grainId) => grainId.Key.ToString()!;
}
