using System.Net.Http.Headers;
using System.Text;
using Bleepay.Tests.Gateway.OpenApi;
using Bleepay.Tests.Harness;
using CsCheck;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>A request to one operation, without the ids and credentials of its target.</summary>
/// <param name="Query">With its question mark, or empty; sent as it stands.</param>
/// <param name="HostileId">Stands for the last id of the path; null for a good one.</param>
internal sealed record FuzzedRequest(
    DescribedOperation Operation,
    byte[]? Body,
    string? ContentType,
    bool IsChunked,
    string Query,
    IReadOnlyList<(string Name, string Value)> Headers,
    string? HostileId,
    bool HasSecret)
{
    private const int ShownBytesMax = 4_000;

    private static readonly string[] ContentTypes =
    [
        "application/json; charset=utf-8", "application/json; charset=utf-16", "text/plain", "", "text/json",
        "application/problem+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/json; charset=\"", "application/json;;", ";", "application/", "*/*",
        "application/" + new string('j', 2_000),
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "-0", "00", "+1", "1e3", "0x1", "1.0", "%201", "1,2", "2147483647", "2147483648",
        "10000", "10001", "253402300799999", "253402300800000", "9223372036854775808",
        "99999999999999999999999999", "NaN", "null", "true", "[]", "{}", "%00", "a%00b", "%0d%0a", "%ED%A0%80",
        "%FF", "%zz", "%", "%F0%9F%98%80", "%C3%A9", "%D9%A3", "%E2%80%AE", "%7F", "+", "'", "\\", "a@example.com",
        "polygon", "USDC", "CREATED", "created", "PENDING", "DELIVERED", "true", "false", "0xABC", "wdgt_a", "wh_a",
        "dep_a", "wdgt_%00", "MCBkZXBfYQ", "MTc4MDMxNTIwMDAwMCBkZXBfYQ", "OTk5OTk5OTk5OTk5OTk5OTk5OSBkZXBfYQ",
        "LTEgZGVwX2E", "MjUzNDAyMzAwNzk5OTk5IGRlcF9h", "IA", "AA", "====", "MSAy", "MSAyIDM",
    ];

    /// <summary>Without %00, which Kestrel itself refuses, and dots, which name the path above.</summary>
    private static readonly string[] Ids =
    [
        "%01", "dep_%0A", "wdgt_%ED%A0%80", "wh_%F0%9F%98%80", "dly_%FF", "%20", "dep_a%2Fb", "...", "..%2f..", "%zz",
        "%", "dep_", "biz_a", "dly_a", "dly_a.b", "dly_wh_a.evt_a", "wh_a_evt_b", "dep_-_-", "DEP_A", "~", "'",
        "wdgt_" + new string('a', 65), new string('9', 2_000),
    ];

    /// <summary>What is no header at all is not here: such a request never reaches the API.</summary>
    private static readonly string[] HeaderValues =
    [
        "", " ", "0", "1", "2", "-1", "00", "1.5", "2147483648", "9223372036854775808", "a", "known", "a b", "\u00e9",
        "\U0001F600", "null", "*", "https://shop.example", "https://shop.example:443/x", "http://[::1", "https://",
        "://", "https://\u00e9.example", "file://", "data:,x", "a, b", "\"", new string('k', 255), new string('k', 256),
        new string('k', 4_000),
    ];

    private static readonly Gen<string> Value = Gen.Frequency(
        (18, Gen.OneOf(Values)),
        (1, Gen.OneOf(Values).Array[2, 3].Select(parts => string.Concat(parts))),
        (1, Gen.Int[1, 4_000].Select(length => new string('a', length))));

    private static readonly Gen<IReadOnlyList<(string Name, string Value)>> SomeHeaders = Gen.Select(
            Gen.OneOf("Idempotency-Key", "Last-Event-ID", "Origin", "Accept", "If-None-Match", "Accept-Encoding"),
            Gen.OneOf(HeaderValues))
        .Array[0, 3].Select(headers => (IReadOnlyList<(string, string)>)headers);

    /// <summary>Anything in the body; the rest mostly as it should be.</summary>
    public static Gen<FuzzedRequest> OfBody(DescribedOperation operation)
    {
        var type = Gen.Frequency(
            (19, Gen.Const((string?)Api.Json)), (1, Gen.OneOf<string?>([.. ContentTypes, null])));
        return Gen.Select(
            FuzzedBody.Around(GoodBody.Of(operation)), type, Gen.Bool, Gen.Int[0, 19], SomeHeaders, Gen.Bool,
            (body, contentType, hasSecret, chance, headers, isChunked) => new FuzzedRequest(
                operation, body, contentType, isChunked && chance < 5, "", chance == 0 ? headers : [], null,
                hasSecret));
    }

    /// <summary>Anything in the query, the headers and the path; the body as it should be.</summary>
    public static Gen<FuzzedRequest> OfTheRest(DescribedOperation operation)
    {
        var names = Gen.OneOf(
            [.. operation.Parameters("query"), "limit", "after", "LIMIT", "limit%5B%5D", "", "%00", "%zz"]);
        var parameter = Gen.Select(names, Value, Gen.Int[0, 19], (name, value, chance) => chance switch
        {
            0 => name,
            1 => $"{name}={value}&{name}={value}",
            2 => $"{name}=={value}",
            _ => $"{name}={value}",
        });
        var query = parameter.Array[0, 4].Select(parts => parts.Length == 0 ? "" : "?" + string.Join('&', parts));
        var id = Gen.Frequency((9, Gen.Const((string?)null)), (1, Gen.OneOf<string?>(Ids)));
        var good = Good(operation);
        return Gen.Select(query, SomeHeaders, id, Gen.Bool, (asked, headers, hostileId, hasSecret) =>
            good with { Query = asked, Headers = headers, HostileId = hostileId, HasSecret = hasSecret });
    }

    /// <summary>A request as it should be, with a token and the fields that a body must have.</summary>
    public static FuzzedRequest Good(DescribedOperation operation) => new(
        operation, operation.BodySchema is null ? null : GoodBody.Written(operation), Api.Json, false, "", [], null,
        false);

    public HttpRequestMessage To(FuzzTarget target)
    {
        var path = HostileId is null || target.LastId is null
            ? target.Path
            : target.Path.Replace(target.LastId, HostileId, StringComparison.Ordinal);
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(Operation.Method, new Uri(target.Service + path + Query, asWritten));
        if (HasSecret && target.Secret is { } secret) request.Headers.Add("X-Client-Secret", secret);
        else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.Token);
        foreach (var (name, value) in Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (Body is null) return request;
        request.Headers.TransferEncodingChunked = IsChunked;
        request.Content = new ByteArrayContent(OfTarget(Body, target));
        if (ContentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        return request;
    }

    private static byte[] OfTarget(byte[] body, FuzzTarget target)
    {
        var at = body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(GoodBody.SessionOfTarget));
        return at < 0
            ? body
            : [
                .. body[..at], .. Encoding.UTF8.GetBytes(target.Made.MadeSession.Id),
                .. body[(at + GoodBody.SessionOfTarget.Length)..],
            ];
    }

    /// <summary>The smallest request that is still as wrong, by leaving out what can be.</summary>
    public async Task<FuzzedRequest> Reduce(Func<FuzzedRequest, Task<bool>> isWrong)
    {
        var smallest = this;
        await Try(smallest with { Headers = [] });
        await Try(smallest with { Query = "" });
        await Try(smallest with { IsChunked = false });
        for (var size = (Body?.Length ?? 0) / 2; size > 0; size /= 2)
            for (var place = 0; place + size <= smallest.Body!.Length;)
                if (!await Try(smallest with { Body = Without(smallest.Body, place, size) }))
                    place += size;
        return smallest;

        static byte[] Without(byte[] body, int place, int size) => [.. body[..place], .. body[(place + size)..]];

        async Task<bool> Try(FuzzedRequest smaller)
        {
            if (!await isWrong(smaller)) return false;
            smallest = smaller;
            return true;
        }
    }

    /// <summary>Readable, with everything that is needed to send it again by hand.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Operation.Method} {Operation.Path}{Query}");
        if (HostileId is not null) text.Append($" with the id {HostileId}");
        if (HasSecret) text.Append(" with a secret");
        if (IsChunked) text.Append(" in chunks");
        foreach (var (name, value) in Headers) text.Append($"\n{name}: {value}");
        if (Body is null) return text.ToString();
        return text.Append($"\nContent-Type: {ContentType}\n\n")
            .Append(Encoding.Latin1.GetString(Body, 0, Math.Min(Body.Length, ShownBytesMax))).ToString();
    }
}
