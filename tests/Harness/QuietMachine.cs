namespace Bleepay.Tests.Harness;

/// <summary>
/// Tests with a bound that other tests beside them could break, such as a time of a few seconds. They run after all
/// others, one at a time.
/// </summary>
[CollectionDefinition(QuietMachine.Name, DisableParallelization = true)]
public sealed class QuietMachine
{
    public const string Name = "quiet machine";
}
