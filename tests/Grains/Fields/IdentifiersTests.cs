using Bleepay.Grains.Fields;

namespace Bleepay.Tests.Grains.Fields;

public sealed class IdentifiersTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_123);

    [Fact]
    public void Ids_of_one_time_begin_alike_and_are_never_the_same()
    {
        const int Ids = 10_000;
        const int TimeLength = 8;

        var ids = Enumerable.Range(0, Ids).Select(_ => Identifiers.New(Identifiers.SessionPrefix, Now)).ToList();

        Assert.All(ids, id => Assert.True(Identifiers.IsSession(id)));
        Assert.All(ids, id => Assert.Equal(Identifiers.New(Identifiers.SessionPrefix).Length, id.Length));
        Assert.Equal(Ids, ids.Distinct().Count());
        Assert.Single(ids.Select(id => id[..(Identifiers.SessionPrefix.Length + TimeLength)]).Distinct());
        Assert.DoesNotContain(
            Identifiers.New(Identifiers.SessionPrefix, Now.AddMilliseconds(1))[Identifiers.SessionPrefix.Length..]
                [..TimeLength],
            ids.Select(id => id[Identifiers.SessionPrefix.Length..][..TimeLength]));
    }
}
