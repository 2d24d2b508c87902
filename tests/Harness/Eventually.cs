using System.Diagnostics;

namespace Bleepay.Tests.Harness;

/// <summary>Waits for a condition, and fails with the name of what has not happened.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls until the answer is yes, or fails the test.</summary>
    public static Task Holds(string what, TimeSpan deadline, Func<Task<bool>> ask) => Holds(() => what, deadline, ask);

    /// <param name="missing">Called when the time is up: what has not happened.</param>
    public static Task True(Func<bool> isTrue, TimeSpan within, Func<string> missing) =>
        Holds(missing, within, () => Task.FromResult(isTrue()));

    /// <summary>Returns when the clock has passed this moment.</summary>
    public static async Task Past(DateTimeOffset moment)
    {
        while (moment - DateTimeOffset.UtcNow is { Ticks: >= 0 } rest) await Task.Delay(rest + Pause);
    }

    /// <param name="what">Called when the time is up: what has not happened.</param>
    public static async Task Holds(Func<string> what, TimeSpan deadline, Func<Task<bool>> ask)
    {
        var elapsed = Stopwatch.StartNew();
        while (!await ask())
        {
            if (elapsed.Elapsed > deadline) Assert.Fail($"Not within {deadline}: {what()}.");
            await Task.Delay(Pause);
        }
    }
}
