using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// The columns of <c>deposit_session</c>, alike on every database. A new column is a line here, one in
/// <see cref="Read"/>, and a migration of each database.
/// </summary>
internal static class SessionTable
{
    public static readonly Table<DepositSession> Table = new("deposit_session");

    public static readonly Column<DepositSession, string> Id = Table.Text("id", session => session.Id);

    public static readonly Column<DepositSession, string> BusinessId =
        Table.Text("business_id", session => session.BusinessId);

    public static readonly Column<DepositSession, string> WidgetId =
        Table.Text("widget_id", session => session.WidgetId);

    public static readonly Column<DepositSession, string> Status =
        Table.Text("payment_status", session => SessionWords.Text(session.Status));

    public static readonly Column<DepositSession, int> Sequence =
        Table.Integer("sequence", session => session.Sequence);

    /// <summary>For lists, which do not read the changes of a session; so are the next two.</summary>
    public static readonly Column<DepositSession, string?> EndedBy = Table.OptionalText(
        "ended_by", session => session.EndedBy is { } reason ? SessionWords.Text(reason) : null);

    public static readonly Column<DepositSession, DateTimeOffset?> ConfirmedAt =
        Table.OptionalTime("confirmed_at", session => session.ConfirmedAt);

    public static readonly Column<DepositSession, DateTimeOffset?> ErasedAt =
        Table.OptionalTime("erased_at", session => session.ErasedAt);

    public static readonly Column<DepositSession, string> Amount =
        Table.Text("amount", session => session.Terms.Amount);

    public static readonly Column<DepositSession, string> Currency =
        Table.Text("currency", session => session.Terms.Currency);

    public static readonly Column<DepositSession, string> Network =
        Table.Text("network", session => session.Terms.Network);

    public static readonly Column<DepositSession, string> CurrencyAddress =
        Table.Text("currency_address", session => session.Terms.CurrencyAddress);

    public static readonly Column<DepositSession, string> DepositAddress =
        Table.Text("deposit_address", session => session.Terms.DepositAddress);

    public static readonly Column<DepositSession, string?> CustomerEmail =
        Table.OptionalText("customer_email", session => session.Terms.CustomerEmail);

    public static readonly Column<DepositSession, string?> CustomerReference =
        Table.OptionalText("customer_reference", session => session.Terms.CustomerReference);

    public static readonly Column<DepositSession, string?> Metadata =
        Table.OptionalText("metadata", session => session.Terms.Metadata);

    public static readonly Column<DepositSession, string?> UnderpaymentTolerancePercent =
        Table.OptionalText("underpayment_tolerance_percent", session => session.UnderpaymentTolerancePercent);

    public static readonly Column<DepositSession, int> RequiredConfirmations =
        Table.Integer("required_confirmations", session => session.RequiredConfirmations);

    public static readonly Column<DepositSession, int> Slots =
        Table.Integer("slots", session => (int)session.Slots);

    public static readonly Column<DepositSession, bool> HasAssignedAddress =
        Table.Boolean("has_assigned_address", session => session.HasAssignedAddress);

    public static readonly Column<DepositSession, string> SecretKeyId =
        Table.Text("secret_key_id", session => session.SecretKeyId);

    public static readonly Column<DepositSession, byte[]?> Fingerprint = Table.OptionalBytes(
        "fingerprint", session => session.Fingerprint.IsEmpty ? null : session.Fingerprint.ToArray());

    public static readonly Column<DepositSession, DateTimeOffset> CreatedAt =
        Table.Time("created_at", session => session.CreatedAt);

    public static readonly Column<DepositSession, DateTimeOffset> ExpiresAt =
        Table.Time("expires_at", session => session.ExpiresAt);

    public static readonly Column<DepositSession, int> GrainHash =
        Table.Integer("grain_hash", session => HashOf(session.Id));

    /// <summary>What an update writes. Everything else is as it was when the session was created.</summary>
    public static readonly IReadOnlyList<Column<DepositSession>> Changing = [Status, Sequence, EndedBy, ConfirmedAt];

    /// <summary>What an erasure writes beside these.</summary>
    public static readonly IReadOnlyList<Column<DepositSession>> Erased =
        [CustomerEmail, CustomerReference, Metadata, Fingerprint, ErasedAt];

    /// <summary>What a creation writes. The other columns are null until the session ends.</summary>
    public static readonly IReadOnlyList<Column<DepositSession>> AtCreation =
        [.. Table.Columns.Except([EndedBy, ConfirmedAt, ErasedAt])];

    /// <summary>
    /// The statuses of a session that is its own reminder. The condition of an index has the same text; the index is
    /// used only while both are equal to the letter.
    /// </summary>
    public const string IsOpen = "payment_status in ('CREATED', 'PENDING', 'UNDERPAID')";

    /// <summary>All columns of a row <c>new</c>, with another deposit address.</summary>
    /// <param name="depositAddress">An expression.</param>
    public static string NamesWith(string depositAddress) => string.Join(", ", AtCreation.Select(column =>
        column == DepositAddress ? depositAddress : $"new.{column.Name}"));

    /// <summary>Reads some sessions. What else the table has of them follows from their changes.</summary>
    /// <param name="isWanted">The condition on <c>id</c>, without the column.</param>
    public static string Select(string isWanted) =>
        $"select {Table.NamesBut([.. Changing, ErasedAt, GrainHash])} from {Table.Name} where id {isWanted}";

    /// <summary>The session's position on Orleans' ring, as the signed number that databases have.</summary>
    public static int HashOf(string sessionId) => unchecked((int)GrainId
        .Create(DepositSessionGrain.GrainTypeName, sessionId)
        .GetUniformHashCode());

    /// <param name="changes">All but the first, which is the session's own row.</param>
    public static DepositSession Read(Row<DepositSession> row, IEnumerable<SessionChange> changes) => new()
    {
        Id = row.Get(Id),
        BusinessId = row.Get(BusinessId),
        WidgetId = row.Get(WidgetId),
        Terms = ReadTerms(row),
        UnderpaymentTolerancePercent = row.Get(UnderpaymentTolerancePercent),
        RequiredConfirmations = row.Get(RequiredConfirmations),
        Slots = (CappedSlots)row.Get(Slots),
        HasAssignedAddress = row.Get(HasAssignedAddress),
        SecretKeyId = row.Get(SecretKeyId),
        Fingerprint = row.Get(Fingerprint) is { } fingerprint ? [.. fingerprint] : [],
        CreatedAt = row.Get(CreatedAt),
        ExpiresAt = row.Get(ExpiresAt),
        Timeline = [SessionChange.Created(row.Get(CreatedAt)), .. changes],
    };

    public static SessionTerms ReadTerms(Row<DepositSession> row) => new(
        row.Get(Amount),
        row.Get(Currency),
        row.Get(Network),
        row.Get(CurrencyAddress),
        row.Get(DepositAddress),
        row.Get(CustomerEmail),
        row.Get(CustomerReference),
        row.Get(Metadata));
}
