using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>One answer of JSON-RPC, as far as it is read before its result.</summary>
internal readonly ref struct RpcAnswer
{
    private RpcAnswer(long? id, ReadOnlySpan<byte> result, RpcError? error)
    {
        Id = id;
        Result = result;
        Error = error;
    }

    /// <summary>Null where it is no number.</summary>
    public long? Id { get; }

    /// <summary>Empty where there is none.</summary>
    public ReadOnlySpan<byte> Result { get; }

    public RpcError? Error { get; }

    /// <exception cref="JsonException">It is no answer.</exception>
    public static RpcAnswer Read(ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        ReadOnlySpan<byte> result = default;
        long? id = null;
        RpcError? error = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isResult, isError) = (reader.ValueTextEquals("result"u8), reader.ValueTextEquals("error"u8));
            var isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isError && reader.TokenType != JsonTokenType.Null) error = RpcError.Read(ref reader);
            if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)) id = number;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isResult) result = answer[start..(int)reader.BytesConsumed];
        }

        if ((result.IsEmpty && error is null) || reader.TokenType != JsonTokenType.EndObject) throw new JsonException();
        return new(id, result, error);
    }

    public T ReadResult<T>(ReadResult<T> read)
    {
        var reader = new Utf8JsonReader(Result);
        reader.Read();
        return read(ref reader);
    }
}

/// <summary>An error of JSON-RPC. Its text may repeat the provider's URL, and is not kept.</summary>
/// <param name="IsRangeRefused">True if fewer blocks or logs have to be requested at once.</param>
internal sealed record RpcError(int Code, bool IsRangeRefused)
{
    private const int LimitExceeded = -32005;

    /// <summary>Texts by which providers refuse a range (EIP-1474 and common usage).</summary>
    private static readonly int[] RangeCodes = [-32000, LimitExceeded, -32602, -32603, -32614];

    private static readonly string[] RangeWords =
        ["range", "limit", "too many", "too large", "timeout", "timed out", "more than", "exceed"];

    /// <exception cref="JsonException">It is no error.</exception>
    public static RpcError Read(ref Utf8JsonReader reader)
    {
        var (code, text) = (0, "");
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isCode, isText) = (reader.ValueTextEquals("code"u8), reader.ValueTextEquals("message"u8));
            reader.Read();
            if (isCode && reader.TokenType == JsonTokenType.Number) reader.TryGetInt32(out code);
            if (isText && reader.TokenType == JsonTokenType.String) text = reader.GetString()!;
            reader.Skip();
        }

        var isRange = RangeCodes.Contains(code) && (code == LimitExceeded
            || RangeWords.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)));
        return new(code, isRange);
    }
}
