using System.Collections.Immutable;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>Which transfers are requested.</summary>
/// <param name="Tokens">In lower case, one or more.</param>
/// <param name="Recipients">In lower case, at most <see cref="RecipientsMax"/>; null for all.</param>
internal sealed record LogFilter(ImmutableArray<string> Tokens, ImmutableHashSet<string>? Recipients = null)
{
    /// <summary>What nodes take in one position of the topics (geth, erigon).</summary>
    public const int RecipientsMax = 1_000;

    private const int WordDigits = 64;

    /// <summary>Whatever a provider answers, nothing else counts.</summary>
    public bool Admits(TokenLog log) =>
        Tokens.Contains(log.Token) && (Recipients is null || Recipients.Contains(log.To));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("address");
        foreach (var token in Tokens) json.WriteStringValue(token);
        json.WriteEndArray();
        json.WriteStartArray("topics");
        json.WriteStringValue(RpcJson.TransferTopic);
        if (Recipients is not null)
        {
            json.WriteNullValue();
            json.WriteStartArray();
            foreach (var recipient in Recipients)
                json.WriteStringValue("0x" + recipient[2..].PadLeft(WordDigits, '0'));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
