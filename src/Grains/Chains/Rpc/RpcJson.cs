using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Reads what a node answers (the execution API's specification, https://github.com/ethereum/execution-apis). Unknown
/// members are skipped; a member that is missing or of another form is a <see cref="FormatException"/>.
/// </summary>
internal static class RpcJson
{
    private const int WordDigits = 64;
    private const int AddressDigits = 40;
    private const int TransferTopics = 3;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The hash of the event's signature, <c>Transfer(address,address,uint256)</c>.</summary>
    public const string TransferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    public static long ReadNumber(ref Utf8JsonReader json) => Long(Text(ref json));

    /// <returns>Null for null.</returns>
    public static ChainBlock? ReadBlock(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null) return null;
        MustBe(json.TokenType, JsonTokenType.StartObject);
        string? number = null, hash = null, parent = null, time = null;
        var transactions = ImmutableArray<NativeTransaction>.Empty;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref json, "number"u8)) number = Text(ref json);
            else if (Is(ref json, "hash"u8)) hash = Hash(ref json);
            else if (Is(ref json, "parentHash"u8)) parent = Hash(ref json);
            else if (Is(ref json, "timestamp"u8)) time = Text(ref json);
            else if (Is(ref json, "transactions"u8)) transactions = ReadTransactions(ref json);
            else json.Skip();
        }

        return new(Long(number), hash ?? throw new FormatException(), parent ?? throw new FormatException(),
            DateTimeOffset.FromUnixTimeSeconds(Long(time)), transactions);
    }

    /// <summary>The transfers among the logs; what else they hold is left out.</summary>
    public static List<TokenLog> ReadLogs(ref Utf8JsonReader json)
    {
        // Null is not "no logs": a provider that answers it has not looked.
        MustBe(json.TokenType, JsonTokenType.StartArray);
        var logs = new List<TokenLog>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            if (ReadLog(ref json, logs is [.., var last] ? last : null) is { } log) logs.Add(log);
        return logs;
    }

    /// <summary>The transfers among the logs of all transactions of a block.</summary>
    public static List<TokenLog> ReadLogsOfReceipts(ref Utf8JsonReader json)
    {
        MustBe(json.TokenType, JsonTokenType.StartArray);
        var logs = new List<TokenLog>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            MustBe(json.TokenType, JsonTokenType.StartObject);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                if (Is(ref json, "logs"u8)) logs.AddRange(ReadLogs(ref json));
                else json.Skip();
        }

        return logs;
    }

    /// <summary>True if the transaction has succeeded and is in this block; null for null.</summary>
    public static (bool HasSucceeded, string BlockHash)? ReadReceipt(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null) return null;
        MustBe(json.TokenType, JsonTokenType.StartObject);
        string? status = null, block = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref json, "status"u8)) status = Text(ref json);
            else if (Is(ref json, "blockHash"u8)) block = Hash(ref json);
            else json.Skip();
        }

        return (Long(status) == 1, block ?? throw new FormatException());
    }

    /// <returns>Null for null.</returns>
    public static TransactionPlace? ReadPlace(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null) return null;
        MustBe(json.TokenType, JsonTokenType.StartObject);
        string? number = null, block = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref json, "blockNumber"u8)) number = TextOrNull(ref json);
            else if (Is(ref json, "blockHash"u8)) block = TextOrNull(ref json);
            else json.Skip();
        }

        return number is null || block is null ? new(null, null) : new(Long(number), Lower(block));
    }

    private static ImmutableArray<NativeTransaction> ReadTransactions(ref Utf8JsonReader json)
    {
        MustBe(json.TokenType, JsonTokenType.StartArray);
        var transactions = ImmutableArray.CreateBuilder<NativeTransaction>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            // In a header the transactions are their hashes.
            if (json.TokenType == JsonTokenType.String) continue;
            MustBe(json.TokenType, JsonTokenType.StartObject);
            string? hash = null, from = null, to = null, value = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (Is(ref json, "hash"u8)) hash = Hash(ref json);
                else if (Is(ref json, "from"u8)) from = Text(ref json);
                else if (Is(ref json, "to"u8)) to = TextOrNull(ref json);
                else if (Is(ref json, "value"u8)) value = Text(ref json);
                else json.Skip();
            }

            // Without an address, a transaction creates a contract.
            if (to is not null && value != "0x0")
                transactions.Add(new(
                    hash ?? throw new FormatException(), Lower(from), Lower(to), Units(value)));
        }

        return transactions.DrainToImmutable();
    }

    /// <param name="last">The log before. A block has thousands of logs; what they have in common is read once.</param>
    private static TokenLog? ReadLog(ref Utf8JsonReader json, TokenLog? last)
    {
        MustBe(json.TokenType, JsonTokenType.StartObject);
        string? token = null, data = null, transaction = null, index = null, number = null, block = null, time = null;
        var topics = new string[TransferTopics];
        var (topicCount, isRemoved) = (0, false);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref json, "address"u8)) token = Same(ref json, last?.Token) ?? Text(ref json);
            else if (Is(ref json, "data"u8)) data = Text(ref json);
            else if (Is(ref json, "transactionHash"u8))
                transaction = Same(ref json, last?.TransactionHash) ?? Hash(ref json);
            else if (Is(ref json, "logIndex"u8)) index = Text(ref json);
            else if (Is(ref json, "blockNumber"u8)) number = Text(ref json);
            else if (Is(ref json, "blockHash"u8)) block = Same(ref json, last?.BlockHash) ?? Hash(ref json);
            else if (Is(ref json, "blockTimestamp"u8)) time = TextOrNull(ref json);
            else if (Is(ref json, "removed"u8)) isRemoved = json.TokenType == JsonTokenType.True;
            else if (Is(ref json, "topics"u8)) topicCount = ReadTopics(ref json, topics);
            else json.Skip();
        }

        // ERC-721 has the same event with a fourth topic and no data; old tokens have it without topics.
        if (isRemoved || topicCount != TransferTopics || Lower(topics[0]) != TransferTopic) return null;
        if (data is null || data.Length != WordDigits + 2 || Units(data) is not { IsZero: false } value) return null;
        return new(
            Lower(token), AddressOf(topics[1]), AddressOf(topics[2]), value, transaction ?? throw new FormatException(),
            Long(index), Long(number), block ?? throw new FormatException(),
            time is null ? null : DateTimeOffset.FromUnixTimeSeconds(Long(time)));
    }

    private static int ReadTopics(ref Utf8JsonReader json, string[] topics)
    {
        MustBe(json.TokenType, JsonTokenType.StartArray);
        var count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count < topics.Length) topics[count] = Same(ref json, TransferTopic) ?? Text(ref json);
            count++;
        }

        return count;
    }

    /// <summary>True if this is the member's name; the reader then stands on its value, else before it.</summary>
    private static bool Is(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        json.ValueTextEquals(name) && json.Read();

    /// <returns>The text that is known, if the value is the same.</returns>
    private static string? Same(ref Utf8JsonReader json, string? known) =>
        known is not null && json.TokenType == JsonTokenType.String && json.ValueTextEquals(known) ? known : null;

    private static void MustBe(JsonTokenType type, JsonTokenType expected)
    {
        if (type != expected) throw new FormatException();
    }

    public static string Text(ref Utf8JsonReader json) => TextOrNull(ref json) ?? throw new FormatException();

    public static string? TextOrNull(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => json.GetString(),
        _ => throw new FormatException(),
    };

    private static string Hash(ref Utf8JsonReader json) =>
        Text(ref json) is { Length: WordDigits + 2 } hash ? Lower(hash) : throw new FormatException();

    /// <summary>True for 0x and the hexadecimal digits of 32 bytes.</summary>
    public static bool IsHash(string text) =>
        text.Length == WordDigits + 2
        && text.StartsWith("0x", StringComparison.Ordinal)
        && text.AsSpan(2).ContainsAnyExcept(HexDigits) is false;

    private static long Long(string? quantity)
    {
        var number = long.Parse(
            Digits(quantity ?? throw new FormatException()), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture);
        return number >= 0 ? number : throw new FormatException();
    }

    /// <summary>Hexadecimal digits, of which the first must not be read as a sign.</summary>
    public static BigInteger Units(string? quantity) => BigInteger.Parse(
        string.Concat("0", Digits(quantity ?? throw new FormatException())), NumberStyles.AllowHexSpecifier,
        CultureInfo.InvariantCulture);

    private static string AddressOf(string topic) => topic.Length == WordDigits + 2
        ? string.Concat("0x", Lower(topic).AsSpan(WordDigits + 2 - AddressDigits))
        : throw new FormatException();

    private static ReadOnlySpan<char> Digits(string quantity) =>
        quantity.StartsWith("0x", StringComparison.Ordinal) && quantity.Length > 2
            ? quantity.AsSpan(2)
            : throw new FormatException();

    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase",
        Justification = "Addresses and hashes are written in lower case.")]
    public static string Lower(string? text) => (text ?? throw new FormatException()).ToLowerInvariant();
}
