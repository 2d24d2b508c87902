namespace Bleepay.Gateway.Console;

/// <summary>The page for a merchant's developers, section <c>Console</c>.</summary>
public sealed class ConsoleOptions
{
    public const string Section = "Console";

    /// <summary>Whether <c>/console</c> is served; unset, in Development only.</summary>
    public bool? Enabled { get; set; }
}
