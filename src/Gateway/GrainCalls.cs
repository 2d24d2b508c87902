using Bleepay.Grains.Telemetry;

namespace Bleepay.Gateway;

/// <summary>
/// Calls from HTTP requests to grains. Handlers get no <see cref="IGrainFactory"/>, so every call is retried.
/// </summary>
internal sealed class GrainCalls(IGrainFactory grains, TimeProvider clock)
{
    /// <summary>The sum is longer than a silo that shuts down needs to hand over its grains.</summary>
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(200),
        TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2),
    ];

    /// <inheritdoc cref="RetryWhileRejected{TAnswer}"/>
    public Task RetryWhileRejected(Func<IGrainFactory, Task> call, CancellationToken cancellation) =>
        RetryWhileRejected(
            async grains =>
            {
                await call(grains);
                return true;
            },
            cancellation);

    /// <summary>
    /// Makes a call, and repeats it while a silo rejects it because it shuts down: up to six times within 3.8 s. A
    /// rejected call has not run, so the retry does nothing twice.
    /// </summary>
    /// <param name="call">Runs once for each attempt.</param>
    /// <param name="cancellation">Ends the retries. It does not cancel a call that a silo has accepted.</param>
    /// <exception cref="OrleansMessageRejectionException">The last attempt was rejected, too.</exception>
    /// <exception cref="OperationCanceledException">The client closed the connection during a pause.</exception>
    public async Task<TAnswer> RetryWhileRejected<TAnswer>(
        Func<IGrainFactory, Task<TAnswer>> call, CancellationToken cancellation)
    {
        Traces.Carry();
        foreach (var pause in Pauses)
        {
            try
            {
                return await call(grains);
            }
            catch (OrleansMessageRejectionException)
            {
                await Task.Delay(pause, clock, cancellation);
            }
        }

        return await call(grains);
    }
}
