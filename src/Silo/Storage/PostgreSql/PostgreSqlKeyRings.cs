using Bleepay.Grains;
using Bleepay.Grains.Nodes;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>The key rings of a cluster's nodes, in its database.</summary>
internal sealed class PostgreSqlKeyRings(PostgreSqlDatabase database) : IKeyRings
{
    /// <summary>"keyrings" in ASCII: any number will do that no other program of the database locks.</summary>
    private const long Lock = 0x6B657972696E6773;

    /// <summary>
    /// Only keys that sign have to be known by all, so that one can be added to the nodes one by one. A node that has
    /// not been seen for two minutes has ended.
    /// </summary>
    private const string Record =
        """
        with others as (
            select signing_key_id, key_ids from node_key_ring
            where node <> $1 and seen_at > now() - interval '2 minutes'
        ), conflict as (
            select coalesce(
                       array_agg(distinct signing_key_id) filter (where signing_key_id <> all($3)), '{}') as missing,
                   count(*) filter (where $2 <> all(key_ids)) > 0 as is_unknown
            from others
        ), recorded as (
            insert into node_key_ring (node, signing_key_id, key_ids, seen_at)
            select $1, $2, $3, now() from conflict where missing = '{}' and not is_unknown
            on conflict (node) do update set seen_at = excluded.seen_at
        ), ended as (
            delete from node_key_ring where node <> $1 and seen_at < now() - interval '2 minutes'
        )
        select missing, is_unknown from conflict
        """;

    /// <remarks>
    /// The lock has two nodes that start at the same moment see each other. Both statements are one round trip and one
    /// transaction, so that a node that freezes does not keep the lock.
    /// </remarks>
    public async Task<KeyRingConflict?> Admit(NodeKeyRing ring)
    {
        try
        {
            await using var connection = await database.OpenAsync();
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select 1 from pg_advisory_xact_lock($1)")
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = Lock } },
            });
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Record)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = ring.Node },
                    new NpgsqlParameter<string> { TypedValue = ring.SigningKeyId },
                    new NpgsqlParameter<string[]> { TypedValue = [.. ring.KeyIds] },
                },
            });
            await using var reader = await batch.ExecuteReaderAsync();
            await reader.NextResultAsync();
            await reader.ReadAsync();
            var missing = await reader.GetFieldValueAsync<string[]>(0);
            var isUnknown = reader.GetBoolean(1);
            return missing.Length == 0 && !isUnknown ? null : new KeyRingConflict([.. missing], isUnknown);
        }
        catch (NpgsqlException failure)
        {
            throw new UnavailableException("The key rings can't be compared at the moment.", failure);
        }
    }

    /// <summary>The node has ended, and the others no longer need its keys.</summary>
    public async Task Leave(string node)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand("delete from node_key_ring where node = $1", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = node } },
        };
        await command.ExecuteNonQueryAsync();
    }
}
