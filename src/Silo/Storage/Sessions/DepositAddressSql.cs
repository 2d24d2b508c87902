namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Decides which deposit address is free for a session of a business, on a network and in a token: the statements of
/// SQLite. PostgreSQL has the same in the function <c>assign_deposit_addresses</c> of its schema.
/// </summary>
internal static class DepositAddressSql
{
    /// <summary>When a session has ended: by the first change to a final status.</summary>
    private const string EndOfSession =
        "(select min(occurred_at) from session_event where session_id = d.id " +
        "and payment_status in ('CONFIRMED', 'OVERPAID', 'EXPIRED'))";

    /// <summary>A row if a session at the address is open, or has not ended before a time.</summary>
    /// <param name="since">No session that was created earlier can be open.</param>
    public static string IsUsed(
        string address, string business, string network, string token, string freeBefore, string since) =>
        $"""
        select 1 from deposit_session as d
        where {IsAt(address, business, network, token)} and d.created_at > {since} and d.expires_at > {freeBefore}
          and ({SessionTable.IsOpen} or {EndOfSession} > {freeBefore})
        limit 1
        """;

    /// <summary>The end of the session that was created last at the address; no row without one.</summary>
    public static string LastUse(string address, string business, string network, string token) =>
        $"""
        select coalesce({EndOfSession}, d.expires_at) from deposit_session as d
        where {IsAt(address, business, network, token)}
        order by d.created_at desc limit 1
        """;

    private static string IsAt(string address, string business, string network, string token) =>
        $"lower(d.deposit_address) = lower({address}) and +d.business_id = {business} and +d.network = {network} " +
        $"and lower(d.currency_address) = lower({token})";
}
