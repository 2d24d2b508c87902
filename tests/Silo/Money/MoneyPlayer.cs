using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Money;

/// <summary>
/// Plays one history against a service that may be down at times, and compares each answer with the model. A request
/// is retried until it is answered. If the session ends between a request and its answer, the request may have come
/// before the end or after it, and the answer decides.
/// </summary>
internal sealed class MoneyPlayer(MoneyHistory history, MoneyService service, TestWidget widget)
{
    /// <summary>A busy machine takes long to start the service again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string key = Guid.NewGuid().ToString("N");
    private readonly string reference = $"order-{Guid.NewGuid():N}";
    private readonly string transaction = $"0x{Guid.NewGuid():N}";

    /// <summary>What the session may be, as far as the answers have shown.</summary>
    private ImmutableList<MoneyModel> possible = [];

    private TestSession? session;
    private DateTimeOffset expiresAt;

    public string SessionId => session!.Id;

    /// <summary>What has become of the session; known when <see cref="Play"/> has ended.</summary>
    public MoneyModel Outcome => Assert.Single(possible);

    public async Task Play()
    {
        await Open();
        var followed = history.IsFollowed ? service.Follow(session!, Patience) : null;
        foreach (var step in history.Before) await Take(step);
        await Eventually.Past(expiresAt);
        foreach (var step in history.After) await Take(step);
        await End();
        if (followed is not null) MustHaveShown(await followed);
    }

    private async Task Open()
    {
        var opened = (await Ask(api => api.CreateSession(widget, Body(), key))).Answer.MustBeOk();
        session = new TestSession(opened["id"]!, opened["clientSecret"]!, widget, opened);
        expiresAt = DateTimeOffset.Parse(opened["expiresAt"]!, CultureInfo.InvariantCulture);
        possible = [MoneyModel.Opened(history.Asked, history.TolerancePerMille)];
    }

    private JsonObject Body() => Api.GoodSession()
        .With("amount", MoneyModel.Text(history.Asked)).With("customerReference", reference);

    private Task Take(MoneyStep step) => step switch
    {
        ReportStep report => Report(report),
        CancelStep => Cancel(),
        ReadStep => Read(),
        ListStep => List(),
        _ => OpenAgain(),
    };

    private async Task Report(ReportStep step)
    {
        // The first two are transfers of one transaction.
        var (txId, index) = (transaction + (step.Payment / 2), step.Payment % 2);
        var units = history.Amounts[step.Payment] + (step.IsConflict ? 7 : 0);
        var amount = MoneyModel.Text(units);
        var padding = !step.IsPadded ? "" : amount.Contains('.', StringComparison.Ordinal) ? "0" : ".0";
        var body = new JsonObject
        {
            ["txId"] = step.IsUpperCase ? "0x" + txId[2..].ToUpperInvariant() : txId,
            ["index"] = index,
            ["amount"] = amount + padding,
            ["confirmations"] = step.Confirmations,
            ["removed"] = step.IsRemoved,
        };
        var report = new ModelReport(txId, index, units, step.Confirmations, step.IsRemoved);

        var asked = await Ask(api => api.Report(session!, body));

        Learn(asked, step, before => before.Reported(report) is { } after
            ? [(after, HttpStatusCode.OK)]
            : [(before, HttpStatusCode.Conflict)]);
    }

    private async Task Cancel()
    {
        var asked = await Ask(api => api.Cancel(session!));

        // Sent again, it meets the session that its first attempt may have cancelled.
        Learn(asked, new CancelStep(), before => (before.Cancelled(), asked.IsRepeated) switch
        {
            (null, _) => [(before, HttpStatusCode.BadRequest)],
            ({ } after, false) => [(after, HttpStatusCode.OK)],
            ({ } after, true) => [(after, HttpStatusCode.OK), (after, HttpStatusCode.BadRequest)],
        });
    }

    private async Task Read()
    {
        var asked = await Ask(api => api.Get(session!.Path, session.Secret));
        Learn(asked, new ReadStep(), before => [(before, HttpStatusCode.OK)]);
    }

    private async Task List()
    {
        var path = $"/api/v1/businesses/{widget.Business}/deposit-sessions?customerReference={reference}";
        var asked = await Ask(api => api.Get(path, token: Tokens.For(widget.Business)));
        var listed = Assert.Single(asked.Answer.MustBeOk().Body.AsArray())!;
        Assert.Equal(SessionId, listed["id"]!.GetValue<string>());
        Learn(asked, listed, new ListStep(), before => [(before, HttpStatusCode.OK)]);
    }

    private async Task OpenAgain()
    {
        var again = (await Ask(api => api.CreateSession(widget, Body(), key))).Answer.MustBeOk();
        Assert.Equal((SessionId, session!.Secret), (again["id"], again["clientSecret"]));
    }

    /// <summary>Waits until the end is stored, and holds all that is to the model.</summary>
    private async Task End()
    {
        possible = [.. possible.Select(one => one.TimedOut()).DistinctBy(Story)];
        Asked read = default!;
        await Eventually.Holds($"the session has not ended: {history}", Patience, async () =>
        {
            read = await Ask(api => api.Get(session!.Path, token: Tokens.For(widget.Business)));
            return possible.Any(one => Sequence(read.Answer.Body) >= one.Changes.Count);
        });
        Learn(read, new ReadStep(), before => [(before, HttpStatusCode.OK)]);
        var found = Story(read.Answer.Body);
        possible = [.. possible.Where(one => Story(one) == found)];
        Assert.True(possible.Count == 1, $"{history}{Environment.NewLine}{read.Answer.Text}");
    }

    private void Learn(
        Asked asked, MoneyStep step, Func<MoneyModel, IEnumerable<(MoneyModel Model, HttpStatusCode Status)>> apply) =>
        Learn(asked, asked.Answer.Status == HttpStatusCode.OK ? asked.Answer.Body : null, step, apply);

    /// <summary>Keeps what agrees with the answer; something must.</summary>
    private void Learn(
        Asked asked,
        JsonNode? shown,
        MoneyStep step,
        Func<MoneyModel, IEnumerable<(MoneyModel Model, HttpStatusCode Status)>> apply)
    {
        var mayBeInTime = asked.SentAt < expiresAt;
        var mayBeLate = asked.AnsweredAt >= expiresAt;
        var outcomes = new List<(MoneyModel Model, HttpStatusCode Status)>();
        foreach (var before in possible)
        {
            if (mayBeInTime) outcomes.AddRange(apply(before));
            if (!mayBeLate) continue;
            var ended = before.TimedOut();
            foreach (var outcome in apply(ended))
            {
                outcomes.Add(outcome);

                // A request that changes nothing need not store the end either.
                if (ReferenceEquals(outcome.Model, ended)) outcomes.Add((before, outcome.Status));
            }
        }

        if (mayBeLate) outcomes.AddRange([.. outcomes.Select(one => (one.Model.TimedOut(), one.Status))]);
        var agreeing = outcomes
            .Where(one => one.Status == asked.Answer.Status)
            .Where(one => shown?["sequence"] is null || Agrees(one.Model, shown, mayBeLate))
            .Select(one => one.Model)
            .DistinctBy(Story).ToImmutableList();
        Assert.True(
            agreeing.Count > 0,
            $"After '{step}' of: {history}{Environment.NewLine}answered {asked.Answer.Status}: {asked.Answer.Text}" +
            $"{Environment.NewLine}expected one of: {string.Join(" or ", outcomes.Select(one => Story(one.Model)))}");
        possible = agreeing;
    }

    private static bool Agrees(MoneyModel model, JsonNode shown, bool mayBeLate)
    {
        var status = shown["paymentStatus"]!.GetValue<string>();
        return (status == model.Status || (mayBeLate && !model.IsFinal && status == "EXPIRED"))
            && Sequence(shown) == model.Changes.Count
            && shown["receivedAmount"]!.GetValue<string>() == MoneyModel.Text(model.Received)
            && (shown["lateAmount"] is not { } late || late.GetValue<string>() == MoneyModel.Text(model.Late))
            && shown["txId"]?.GetValue<string>() == model.TxId
            && shown["confirmations"]!.GetValue<int>() == model.Confirmations
            && (shown["confirmedAt"] is not null) == (model.Status is "CONFIRMED" or "OVERPAID");
    }

    private static int Sequence(JsonNode shown) => shown["sequence"]!.GetValue<int>();

    private static string Story(MoneyModel model) => string.Join(
        Environment.NewLine,
        [
            .. model.Changes.Select(change =>
                $"{change.Sequence} {change.Status} {change.Cause} {change.Payment?.TxId} {change.Payment?.Index} " +
                MoneyModel.Text(change.Received)),
            .. model.Payments.Select(payment =>
                $"{payment.TxId} {payment.Index} {MoneyModel.Text(payment.Units)} {payment.Stage} " +
                $"{payment.Confirmations}"),
        ]);

    private static string Story(JsonNode shown) => string.Join(
        Environment.NewLine,
        [
            .. shown["timeline"]!.AsArray().Select(change =>
                $"{change!["sequence"]} {change["paymentStatus"]} {change["cause"]} {change["txId"]} " +
                $"{change["index"]} {change["receivedAmount"]}"),
            .. shown["transactions"]!.AsArray().Select(payment =>
                $"{payment!["txId"]} {payment["index"]} {Trimmed(payment["amount"]!.GetValue<string>())} " +
                $"{payment["status"]} {payment["confirmations"]}"),
        ]);

    private static string Trimmed(string amount) =>
        amount.Contains('.', StringComparison.Ordinal) ? amount.TrimEnd('0').TrimEnd('.') : amount;

    /// <summary>Every change from the first frame to the end, once, except the first half of a pair.</summary>
    private void MustHaveShown(IReadOnlyList<Frame> frames)
    {
        var changes = Outcome.Changes;
        var ids = frames.Select(frame => int.Parse(frame.Id!, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.True(Outcome.Changes[ids[^1] - 1].Status is "CONFIRMED" or "OVERPAID" or "EXPIRED", $"{history}");
        foreach (var missing in Enumerable.Range(ids[0], ids[^1] - ids[0]).Except(ids))
            Assert.True(IsFirstHalf(changes, missing), $"Frame {missing} is missing: {history}");
        foreach (var (id, frame) in ids.Zip(frames))
        {
            var change = changes[id - 1];
            Assert.Equal(
                (change.Status, MoneyModel.Text(change.Received), change.TxId),
                (frame.Status, frame.Session["receivedAmount"]!.GetValue<string>(),
                    frame.Session["txId"]?.GetValue<string>()));
        }
    }

    private static bool IsFirstHalf(ImmutableList<ModelChange> changes, int sequence) =>
        changes[sequence - 1].Cause is "PAYMENT_SEEN" or "PAYMENT_ADDED"
        && changes[sequence].Cause is "PAYMENT_SETTLED" or "PAYMENT_LATE"
        && changes[sequence].Payment!.TxId == changes[sequence - 1].Payment!.TxId
        && changes[sequence].Payment!.Index == changes[sequence - 1].Payment!.Index;

    private async Task<Asked> Ask(Func<Api, Task<Answer>> send)
    {
        var sentAt = DateTimeOffset.UtcNow;
        var (answer, isRepeated) = await service.Ask(send, Patience);
        return new Asked(answer, sentAt, DateTimeOffset.UtcNow, isRepeated);
    }

    private sealed record Asked(Answer Answer, DateTimeOffset SentAt, DateTimeOffset AnsweredAt, bool IsRepeated);
}
