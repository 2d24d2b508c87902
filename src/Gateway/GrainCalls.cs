namespace Bleepay.Gateway;

/// <summary>Calls from HTTP requests to grains.</summary>
internal static class GrainCalls
{
    /// <summary>Together longer than a silo that leaves needs to let go of its grains.</summary>
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(200),
        TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2),
    ];

    /// <summary>
    /// Calls again while the call is turned away, as it is by a silo that leaves. A call that was turned away has not
    /// begun, so this repeats nothing; any other failure is the caller's.
    /// </summary>
    /// <param name="call">Makes the call anew each time.</param>
    public static async Task<TAnswer> Insist<TAnswer>(Func<Task<TAnswer>> call)
    {
        foreach (var pause in Pauses)
        {
            try
            {
                return await call();
            }
            catch (OrleansMessageRejectionException)
            {
                await Task.Delay(pause);
            }
        }

        return await call();
    }
}
