using System.Globalization;
using Bleepay.Grains.Sessions;
using Orleans.Storage;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Orleans' view of the session store. The ETag is the session's sequence, which every change moves on by at
/// least one, so the loser of two writers is refused.
/// </summary>
internal sealed class SessionGrainStorage(SessionStore store) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var id = IdOf(grainId);
        var session = await store.Read(id);
        state.State = new SessionState { Session = session };
        state.RecordExists = session is not null;
        state.ETag = session is null ? null : ETagOf(session);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var session = state.State?.Session
            ?? throw new InvalidOperationException("A session is stored when it is opened, not before.");
        var expected = state.ETag is null ? 0 : int.Parse(state.ETag, CultureInfo.InvariantCulture);

        var write = new SessionWrite(session, expected, state.State.Caps);
        switch (await store.Write(write))
        {
            case SessionWriteOutcome.Conflict:
                throw new InconsistentStateException("The session was written by another activation.");
            case SessionWriteOutcome.NoPlace:
                state.State.HasNoPlace = true;
                break;
            default:
                state.State.HasNoPlace = false;
                state.State.OwedTo = write.OwedTo;
                state.RecordExists = true;
                state.ETag = ETagOf(session);
                break;
        }
    }

    /// <summary>Sessions are kept: what was paid, when, and to whom is nothing to forget.</summary>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("Sessions are not cleared.");

    private static IGrainState<SessionState> StateOf<T>(IGrainState<T> grainState) =>
        grainState as IGrainState<SessionState>
        ?? throw new NotSupportedException($"This storage keeps sessions only, not {typeof(T)}.");

    private static string IdOf(GrainId grainId) => grainId.Key.ToString()!;

    private static string ETagOf(DepositSession session) => session.Sequence.ToString(CultureInfo.InvariantCulture);
}
