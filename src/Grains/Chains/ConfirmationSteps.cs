namespace Bleepay.Grains.Chains;

/// <summary>
/// When a payment that is not final yet is reported again. Each report is a commit and a frame for every follower, so
/// not each confirmation is one. Pure.
/// </summary>
internal static class ConfirmationSteps
{
    /// <summary>
    /// What is reported of a payment with this many blocks, its own included. Only a block that was read a second time
    /// makes a payment final, so before that one confirmation is held back.
    /// </summary>
    public static int Shown(long depth, int required) => (int)Math.Max(0, Math.Min(depth, required - 1L));

    /// <summary>True if the payment has come a step further since it was reported.</summary>
    /// <param name="reported">The confirmations that were reported last; negative for a payment that was not.</param>
    /// <param name="shown">Those that would be reported now.</param>
    /// <param name="steps">The number of steps between none and the required confirmations.</param>
    public static bool IsDue(int reported, int shown, int required, int steps) =>
        reported < 0 || (long)shown * steps / required > (long)reported * steps / required;
}
