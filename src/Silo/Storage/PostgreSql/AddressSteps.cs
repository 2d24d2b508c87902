using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The steps of a statement that choose deposit addresses for new sessions, by the function
/// <c>assign_deposit_addresses</c> of the schema.
/// </summary>
internal sealed class AddressSteps(PostgreSqlStatement<SessionBatch> statement)
{
    private static readonly Table<SessionWrite> Wanted = new("wanted");
    private static readonly Column<SessionWrite> Id = Wanted.Text("id", write => write.Session.Id);
    private static readonly Column<SessionWrite> Business = Wanted.Text("business", write => write.Session.BusinessId);
    private static readonly Column<SessionWrite> Network = Wanted.Text("network", write => write.Session.Terms.Network);

    private static readonly Column<SessionWrite> Token =
        Wanted.Text("token", write => write.Session.Terms.CurrencyAddress);

    private static readonly Column<SessionWrite> Pool =
        Wanted.Text("pool", write => string.Join(' ', write.Addresses!.Addresses));

    private static readonly Column<SessionWrite> FreeSince = Wanted.Time("free", write => write.FreeBefore);

    private static readonly Column<SessionWrite> CreatedSince =
        Wanted.Time("created", write => write.FreeBefore - DepositSessionOptions.LifetimeMax);

    private readonly ParameterRows<SessionWrite> wanted = statement.Rows(batch => batch.AddressesWanted);

    /// <summary>The new sessions that get no address.</summary>
    public const string Without = "select session_id from assigned where address is null";

    /// <summary>The new sessions that get no address, and why, as <c>id</c> and <c>reason</c>.</summary>
    public static readonly string Refused =
        $"""
        select session_id, case when is_known then {(int)SessionWriteOutcome.Conflict}
            when is_busy then {(int)SessionWriteOutcome.Busy} else {(int)SessionWriteOutcome.NoAddress} end
        from assigned where address is null
        """;

    /// <summary>
    /// Chooses the addresses (<c>assigned</c>), after the counters are locked: so every commit takes its locks in the
    /// same order.
    /// </summary>
    public string Assign =>
        $"""
        assigned as materialized (
            select one.* from locked, assign_deposit_addresses(
                session_ids => {wanted[Id]}, business_ids => {wanted[Business]}, networks => {wanted[Network]},
                tokens => {wanted[Token]}, pools => {wanted[Pool]}, free_since => {wanted[FreeSince]},
                created_since => {wanted[CreatedSince]},
                waits => {statement.Value(batch => batch.Waits)} and locked.counts is not null) as one)
        """;
}
