namespace Bleepay.Tests.Harness;

/// <summary>
/// Tests with a bound that other tests beside them could break: a time of less than some seconds, or what one request
/// costs. They run after all others, one at a time.
/// </summary>
[CollectionDefinition(QuietMachine.Name, DisableParallelization = true)]
public sealed class QuietMachine
{
    public const string Name = "quiet machine";
}
