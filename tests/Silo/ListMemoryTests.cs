using System.Globalization;
using System.Text;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// What a list of sessions with a long history costs in memory. LIST_MEMORY_PAYMENTS sets how many payments each of
/// them has; it has twice as many changes.
/// </summary>
public sealed class ListMemoryTests(ITestOutputHelper output)
{
    private const string List = $"/api/v1/businesses/{ManySessions.Business}/deposit-sessions?limit=300";
    private const int Sessions = 300;
    private const int PageBytesMax = 1_000_000;
    private const long GrowthMax = 50L << 20;
    private const int Repeats = 5;

    private static readonly int Payments = int.Parse(
        Environment.GetEnvironmentVariable("LIST_MEMORY_PAYMENTS") ?? "100", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_list_of_sessions_with_a_long_history_takes_little_memory()
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceProcess.Start(folder.Path);
        Fill(ServiceProcess.DatabaseIn(folder.Path));
        var token = Tokens.For(ManySessions.Business);
        for (var warm = 0; warm < Repeats; warm++) (await service.Api.Get(List + "&since=1", token: token)).MustBeOk();
        (await service.Api.Get(List.Replace("300", "1", StringComparison.Ordinal), token: token)).MustBeOk();
        var before = service.PeakMemory;

        Answer page = null!;
        for (var repeat = 0; repeat < Repeats; repeat++)
            page = (await service.Api.Get(List, token: token)).MustBeOk();

        var (bytes, growth) = (Encoding.UTF8.GetByteCount(page.Text), service.PeakMemory - before);
        output.WriteLine($"{Sessions} sessions of {Payments} payments: {bytes} bytes, {growth >> 20} MB more memory.");
        Assert.Equal(Sessions, page.Body.AsArray().Count);
        Assert.Equal($"{Payments / 2}", page.Body[0]!["lateAmount"]!.GetValue<string>());
        Assert.InRange(bytes, 1, PageBytesMax);
        Assert.InRange(growth, 0, GrowthMax);
    }

    /// <summary>Half of the payments are late; each was seen and became final.</summary>
    private static void Fill(string path)
    {
        var file = new Bleepay.Silo.Storage.Sqlite.SqliteDatabase($"Data Source={path};Pooling=False");
        using var connection = file.Open();
        ManySessions.Fill(Execute, Databases.Sqlite, 1, Sessions, settled: Sessions);
        Execute("delete from session_payment; delete from session_event");
        Execute(
            $"""
            insert into session_payment (
                session_id, tx_id, transfer_index, amount, stage, confirmations, observed_in_time, is_ambiguous,
                seen_sequence, seen_at, settled_at)
            select id, '0x' || n, 0, '1', case when n > {Payments / 2} then 'LATE' else 'SETTLED' end, 12, 1, 0,
                2 * n, created_at, created_at
            from deposit_session, (
                with recursive many (n) as (select 1 union all select n + 1 from many where n < {Payments})
                select n from many)
            """);
        Execute(
            $"""
            insert into session_event (
                session_id, sequence, payment_status, cause, occurred_at, payment_tx_id, payment_transfer_index, tx_id,
                received_amount, confirmations, pending_amount, late_amount)
            select id, n, case when n > {Payments} then 'CONFIRMED' else 'PENDING' end, 'PAYMENT_SETTLED', created_at,
                '0x' || (n / 2), 0, '0x1', n / 4 || '', 12, '0', {Payments / 2}
            from deposit_session, (
                with recursive many (n) as (select 2 union all select n + 1 from many where n <= {Payments * 2})
                select n from many)
            """);
        Execute($"update deposit_session set payment_status = 'CONFIRMED', sequence = {(Payments * 2) + 1}");

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }
}
