namespace Bleepay.Tests.Harness;

/// <summary>
/// Makes a search by transaction run without an end, in the database and without a lock: a view that computes until it
/// is cancelled replaces the table of payments.
/// </summary>
internal static class EndlessPayments
{
    /// <summary>How many such searches the server is at.</summary>
    public const string RunningOnServer =
        "select count(*) from pg_stat_activity where state = 'active' and datname = current_database() " +
        "and pid <> pg_backend_pid() and query like '%session_payment%'";

    public static void In(Action<string> execute, string database)
    {
        var endless = database == Databases.PostgreSql
            ? "pg_sleep(3600) is not null"
            : "(with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n) > 0";
        execute("alter table session_payment rename to session_payment_table");
        execute($"create view session_payment as select * from session_payment_table where {endless}");
    }
}
