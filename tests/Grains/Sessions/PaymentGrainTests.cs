using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;
using CsCheck;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>Payments of sessions on a real silo and store, which fail now and then.</summary>
public sealed class PaymentGrainTests : IAsyncLifetime
{
    private const int Histories = 60;
    private const int StepsMax = 12;

    private static readonly PaymentReporter Reporter = new(BusinessIds: null);

    private GrainCluster cluster = null!;
    private int opened;
    private DateTimeOffset endsAt;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    /// <summary>The rules, without a store and without a failure, say what must come of each history.</summary>
    [Theory]
    [OnEachDatabase]
    public async Task What_the_store_fails_and_the_caller_repeats_is_applied_once(string database)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));

        await SessionHistories.All(StepsMax).SampleAsync(
            MustComeOut, iter: Histories, threads: 1, print: history => history.ToString());
    }

    [Theory]
    [OnEachDatabase]
    public async Task Only_a_reporter_of_its_business_may_report(string database)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        const string id = "dep_guarded";
        await cluster.Open(id);
        var invalid = Refusal.Validation([new("amount", "is required")]);

        Assert.Equal(RefusalCode.NotFound, await RefusalOf(new Member(["biz_other"])));
        Assert.Equal(RefusalCode.NotFound, await RefusalOf(new Member([])));
        Assert.Equal(RefusalCode.NotFound, await RefusalOf(new PaymentReporter(["biz_other"])));
        Assert.Equal(RefusalCode.NotFound, await RefusalOf(new PaymentReporter([])));
        Assert.Equal(RefusalCode.NotFound, await RefusalOf(Reporter, "dep_never_opened"));
        Assert.Equal(RefusalCode.Forbidden, await RefusalOf(new Member([GrainCluster.Business])));
        Assert.Equal(RefusalCode.Forbidden, await RefusalOf(new SessionSecretHolder()));
        Assert.Equal(RefusalCode.ValidationFailed, await RefusalOf(new PaymentReporter([GrainCluster.Business])));
        Assert.Equal(RefusalCode.ValidationFailed, await RefusalOf(Reporter));

        async Task<RefusalCode> RefusalOf(Caller caller, string session = id) =>
            (await cluster.Session(session).ReportPayment(new(caller, null, invalid))).Refusal!.Code;
    }

    private async Task MustComeOut(History history)
    {
        var id = $"dep_history_{opened++}";
        var expected = await Open(id, history);
        endsAt = expected.ExpiresAt;
        foreach (var step in history.Steps)
        {
            cluster.Clock.Advance(TimeSpan.FromSeconds(Math.Max(0, step.Seconds)));
            if (step.Crash == Crash.BeforeStore) cluster.Store.FailBeforeCommit(1);
            if (step.Crash == Crash.BeforeAct) cluster.Store.FailAfterCommit(1);
            await Until(step, id);

            expected = SessionRules.Decide(expected, step.Input, cluster.Clock.GetUtcNow()).Session ?? expected;
        }

        cluster.Store.FailBeforeCommit(0);
        cluster.Store.FailAfterCommit(0);
        await cluster.Forget(id);
        MustEqual(SessionRules.View(expected, cluster.Clock.GetUtcNow()), await Read(id));
    }

    private async Task<DepositSession> Open(string id, History history)
    {
        var command = new CreateDepositSession(
            GrainCluster.Business, "wdgt_grains",
            new SessionTerms(history.Asked, "USDC", "polygon", "", "0xShop", null, null, null),
            "00000000", [1], history.Tolerance, default, null);
        Assert.True((await cluster.Session(id).Create(command)).TryGet(out _, out _));
        return cluster.Store.Read([id])[0]!;
    }

    /// <summary>Retries until it is answered, as a caller does that can't find out the outcome.</summary>
    private async Task Until(Step step, string id)
    {
        const int triesMax = 3;
        for (var tried = 1; ; tried++)
        {
            try
            {
                await Send(step.Input, id);
                return;
            }
            catch (UnavailableException) when (tried < triesMax)
            {
                // Sent again.
            }
        }
    }

    private Task Send(SessionInput input, string id) => input switch
    {
        ReportedPayment sighting => cluster.Session(id).ReportPayment(new(Reporter, sighting.Report, null)),
        Cancellation => cluster.Session(id).Cancel(new SessionSecretHolder()),

        // One that comes early would wait for the clock, and then be one step more than the history has.
        Expiry when cluster.Clock.GetUtcNow() < endsAt => Task.CompletedTask,
        _ => cluster.Session(id).AsReference<IRemindable>().ReceiveReminder(
            DepositSessionGrain.ExpireReminder, new TickStatus()),
    };

    private async Task<SessionView> Read(string id) =>
        (await cluster.Session(id).Read(new SessionSecretHolder())).TryGet(out var session, out var refusal)
            ? session
            : throw new InvalidOperationException(refusal.Detail);

    private static void MustEqual(SessionView expected, SessionView actual)
    {
        Assert.Equal(expected.Timeline.ToArray(), actual.Timeline.ToArray());
        Assert.Equal(expected.Payments.ToArray(), actual.Payments.ToArray());
        Assert.Equal(expected, actual with { Timeline = expected.Timeline, Payments = expected.Payments });
    }
}
