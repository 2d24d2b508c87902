using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>Reads what a list shows of each session, in one row; alike on every database.</summary>
internal sealed class SessionSummaryRows(DbDataReader reader)
{
    /// <summary>
    /// The latest change has the totals of all before it. A session that has not changed since its creation has no such
    /// row.
    /// </summary>
    private static readonly string Columns =
        $"""
        {SessionTable.Table.NamesOf(
            "session", SessionTable.UnderpaymentTolerancePercent, SessionTable.Slots, SessionTable.Fingerprint,
            SessionTable.GrainHash)},
        latest.{SessionEventTable.TransactionId.Name}, latest.{SessionEventTable.ReceivedAmount.Name},
        latest.{SessionEventTable.PendingAmount.Name}, latest.{SessionEventTable.LateAmount.Name},
        latest.{SessionEventTable.Confirmations.Name}
        """;

    private readonly Row<DepositSession> session = new(reader, SessionTable.Table);
    private readonly Row<SessionEvent> latest = new(reader, SessionEventTable.Table);

    /// <summary>The sessions with these ids, newest first.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; the ids are a parameter.")]
    public static DbCommand Command(DbConnection connection, IReadOnlyList<string> ids, IDatabase database)
    {
        var command = connection.CreateCommand();
        command.CommandText =
            $"select {Columns} from deposit_session as session left join session_event as latest " +
            "on latest.session_id = session.id and latest.sequence = session.sequence " +
            $"where {database.IsOneOf("session.id", "@ids")} order by session.created_at desc, session.id desc";
        command.Add("ids", database.Values(ids));
        return command;
    }

    /// <summary>The summary in the reader's current row.</summary>
    public SessionSummary Read() => new()
    {
        Id = session.Get(SessionTable.Id),
        BusinessId = session.Get(SessionTable.BusinessId),
        WidgetId = session.Get(SessionTable.WidgetId),
        Status = SessionWords.Status(session.Get(SessionTable.Status)),
        Terms = SessionTable.ReadTerms(session),
        SecretKeyId = session.Get(SessionTable.SecretKeyId),
        TransactionId = latest.Get(SessionEventTable.TransactionId),
        ReceivedAmount = latest.Get(SessionEventTable.ReceivedAmount) ?? "0",
        PendingAmount = latest.Get(SessionEventTable.PendingAmount) ?? "0",
        Confirmations = latest.Get(SessionEventTable.Confirmations) ?? 0,
        RequiredConfirmations = session.Get(SessionTable.RequiredConfirmations),
        CreatedAt = session.Get(SessionTable.CreatedAt),
        ExpiresAt = session.Get(SessionTable.ExpiresAt),
        ConfirmedAt = session.Get(SessionTable.ConfirmedAt),
        LateAmount = latest.Get(SessionEventTable.LateAmount) ?? "0",
        Sequence = session.Get(SessionTable.Sequence),
        EndedBy = session.Get(SessionTable.EndedBy) is { } reason ? SessionWords.Reason(reason) : null,
        ErasedAt = session.Get(SessionTable.ErasedAt),
    };
}
