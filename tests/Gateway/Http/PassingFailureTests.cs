using System.Data.Common;
using Bleepay.Gateway.Http;
using Bleepay.Grains;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Which failures are answered 503, and are worth a repeat, and which are bugs.</summary>
public sealed class PassingFailureTests
{
    [Fact]
    public void A_store_that_does_not_answer_passes()
    {
        Assert.True(ProblemResponses.IsPassing(new UnavailableException("The writer is full.")));
        Assert.True(ProblemResponses.IsPassing(new Failure("08006")));
        Assert.True(ProblemResponses.IsPassing(new Failure("57014")));
        Assert.True(ProblemResponses.IsPassing(new Failure(null)));
        Assert.True(ProblemResponses.IsPassing(new InvalidOperationException("x", new TimeoutException())));
    }

    [Theory]
    [InlineData("22021")]
    [InlineData("22P02")]
    public void A_value_that_the_database_cannot_take_never_passes_whatever_it_is_wrapped_in(string state)
    {
        var failure = new Failure(state);

        Assert.False(ProblemResponses.IsPassing(failure));
        Assert.False(ProblemResponses.IsPassing(new UnavailableException("The writer failed.", failure)));
        Assert.False(ProblemResponses.IsPassing(new InvalidOperationException(
            "x", new UnavailableException("The writer failed.", failure))));
    }

    [Fact]
    public void A_bug_does_not_pass() => Assert.False(ProblemResponses.IsPassing(new InvalidOperationException("x")));

    private sealed class Failure(string? state) : DbException("The database refused.")
    {
        public override string? SqlState => state;
    }
}
