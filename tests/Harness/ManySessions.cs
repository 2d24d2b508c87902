using Bleepay.Tests.Silo.Storage;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Sessions by the million, put into a database in SQL: one each 100 ms, most of them expired, some paid, the latest
/// open.
/// </summary>
internal static class ManySessions
{
    public const string Business = "biz_tests";

    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset CreatedAt(int number) => Begin.AddMilliseconds(100.0 * number);

    /// <param name="open">How many of the latest are open.</param>
    public static void Fill(TestStore store, string provider, int count, int open)
    {
        Fill(store.Execute, provider, 1, count, count - open);
        store.Execute("analyze");
    }

    /// <param name="execute">Runs a statement on the database.</param>
    /// <param name="settled">Up to which of them none is open.</param>
    public static void Fill(Action<string> execute, string provider, int from, int to, int settled)
    {
        var isServer = provider == Databases.PostgreSql;
        var numbers = isServer
            ? $"generate_series({from}, {to}) as many (n)"
            : $"(with recursive many (n) as (select {from} union all select n + 1 from many where n < {to}) " +
                "select n from many) as many";
        var (time, id, status) = (
            isServer
                ? "timestamptz '2026-01-01 00:00:00Z' + n * interval '100 milliseconds'"
                : $"{Begin.ToUnixTimeMilliseconds()} + n * 100",
            isServer ? "'dep_' || lpad(n::text, 22, '0')" : "printf('dep_%022d', n)",
            $"case when n > {settled} then 'CREATED' when n % 20 = 0 then 'CONFIRMED' else 'EXPIRED' end");
        var end = isServer ? $"{time} + interval '30 minutes'" : $"{time} + 1800000";
        execute(
            $"""
            insert into deposit_session (
                id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, required_confirmations, slots,
                has_assigned_address, secret_key_id, created_at, expires_at, grain_hash)
            select {id}, '{Business}', 'wdgt_' || (n % 7), {status}, case when n > {settled} then 1 else 2 end, '100',
                case when n % 3 = 0 then 'USDT' else 'USDC' end,
                case when n % 5 = 0 then 'ethereum' else 'polygon' end, '', '0xA' || (n % 20),
                'c' || (n % 500) || '@example.com', 'order-' || n, 12, 0,
                {(isServer ? "false" : "0")}, '00000000', {time}, {end}, n
            from {numbers}
            """);
        execute(
            $"""
            insert into session_event (session_id, sequence, payment_status, cause, occurred_at)
            select {id}, 2, {status}, case when n % 20 = 0 then 'PAYMENT_SETTLED' else 'TIMEOUT' end, {time}
            from {numbers} where n <= {settled}
            """);
        execute(
            $"""
            insert into session_payment (
                session_id, tx_id, transfer_index, amount, stage, confirmations, observed_in_time, is_ambiguous,
                seen_sequence, seen_at)
            select {id}, '0xt' || n, 0, '100', 'SETTLED', 12, {(isServer ? "true, false" : "1, 0")}, 2, {time}
            from {numbers} where n % 20 = 0 and n <= {settled}
            """);
    }
}
