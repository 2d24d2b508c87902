using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>Reads the value of <c>result</c>; the reader stands before it.</summary>
/// <exception cref="JsonException">It is not what it should be.</exception>
/// <exception cref="FormatException">A value in it is not what it should be.</exception>
internal delegate T ReadResult<out T>(ref Utf8JsonReader reader);

/// <summary>
/// JSON-RPC 2.0 to one provider. Its URL is a secret: nothing that this class throws, measures or logs has more of it
/// than the host.
/// </summary>
internal sealed class RpcClient : IDisposable
{
    /// <summary>
    /// What is read of an answer at most, after decompression. A full block of the busiest chains and the logs of a
    /// wide range stay below it.
    /// </summary>
    public const int AnswerBytesMax = 64 * 1024 * 1024;

    private const int FirstBufferBytes = 64 * 1024;

    /// <summary>Connections are renewed, so that a provider's move to another address is followed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>By which providers refuse a range, where their text says so (EIP-1474 and common usage).</summary>
    private static readonly int[] RangeCodes = [-32000, -32005, -32602, -32603, -32614];

    private static readonly string[] RangeWords =
        ["range", "limit", "too many", "too large", "timeout", "timed out", "more than", "exceed"];

    private readonly HttpClient http;
    private readonly Uri url;
    private readonly TimeSpan timeout;
    private readonly int answerBytesMax;
    private long lastId;

    /// <param name="timeout">Of a request, until its answer is read.</param>
    public RpcClient(string url, TimeSpan timeout, int answerBytesMax = AnswerBytesMax)
    {
        this.url = new(url);
        this.timeout = timeout;
        this.answerBytesMax = answerBytesMax;
        http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = ConnectionLifetime,
            UseCookies = false,

            // Without it no trace is made of the requests, which would hold the URL.
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The provider's name in logs and metrics.</summary>
    public string Host => url.Host;

    /// <summary>Sends one request and reads its answer.</summary>
    /// <param name="writeParameters">Writes the elements of <c>params</c>.</param>
    /// <exception cref="RpcException">There is no answer, or not one to this request.</exception>
    public async Task<T> Call<T>(
        string method, Action<Utf8JsonWriter> writeParameters, ReadResult<T> read, CancellationToken cancellation)
    {
        using var measured = ChainInstruments.Requested(Host, method);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(timeout);
        try
        {
            using var request = Request(method, writeParameters);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);

            // Some providers refuse a range by 400, with an error of JSON-RPC that says so.
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest))
                throw new RpcException(
                    Host, method, RpcFault.HttpStatus, (int)response.StatusCode, RetryAfterOf(response.Headers));

            using var answer = new AnswerBuffer();
            await ReadToEnd(response.Content, answer, method, end.Token);
            var result = ReadAnswer(answer.Written, method, read);
            measured.Succeeded();
            return result;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw measured.Failed(new RpcException(Host, method, RpcFault.Timeout));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidDataException)
        {
            throw measured.Failed(new RpcException(Host, method, RpcFault.Transport));
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            throw measured.Failed(new RpcException(Host, method, RpcFault.Unreadable));
        }
        catch (RpcException failure)
        {
            measured.Failed(failure);
            throw;
        }
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(string method, Action<Utf8JsonWriter> writeParameters)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", Interlocked.Increment(ref lastId));
            json.WriteString("method", method);
            json.WriteStartArray("params");
            writeParameters(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        var content = new ReadOnlyMemoryContent(bytes.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    private async Task ReadToEnd(
        HttpContent content, AnswerBuffer answer, string method, CancellationToken cancellation)
    {
        await using var body = await content.ReadAsStreamAsync(cancellation);
        while (await body.ReadAsync(answer.Free, cancellation) is var count and > 0)
        {
            answer.Advance(count);
            if (answer.Written.Length > answerBytesMax) throw new RpcException(Host, method, RpcFault.TooLarge);
        }
    }

    private T ReadAnswer<T>(ReadOnlySpan<byte> answer, string method, ReadResult<T> read)
    {
        var reader = new Utf8JsonReader(answer);
        ReadOnlySpan<byte> result = default;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isResult, isError) = (reader.ValueTextEquals("result"u8), reader.ValueTextEquals("error"u8));
            reader.Read();
            if (isError && reader.TokenType != JsonTokenType.Null) throw ErrorOf(ref reader, method);
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isResult) result = answer[start..(int)reader.BytesConsumed];
        }

        if (result.IsEmpty || reader.TokenType != JsonTokenType.EndObject) throw new JsonException();
        var inner = new Utf8JsonReader(result);
        inner.Read();
        return read(ref inner);
    }

    private RpcException ErrorOf(ref Utf8JsonReader reader, string method)
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

        var isRange = RangeCodes.Contains(code)
            && (code == -32005 || RangeWords.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)));
        return new(Host, method, isRange ? RpcFault.RangeRefused : RpcFault.Error, code);
    }

    private static TimeSpan? RetryAfterOf(HttpResponseHeaders headers) =>
        headers.RetryAfter?.Delta
        ?? (headers.RetryAfter?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);

    /// <summary>An answer as it is read, in memory that is used again.</summary>
    private sealed class AnswerBuffer : IDisposable
    {
        private byte[] bytes = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        private int length;

        public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

        /// <summary>Never empty.</summary>
        public Memory<byte> Free
        {
            get
            {
                if (length == bytes.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(bytes.Length * 2);
                    bytes.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }

                return bytes.AsMemory(length);
            }
        }

        public void Advance(int count) => length += count;

        public void Dispose() => ArrayPool<byte>.Shared.Return(bytes);
    }
}
