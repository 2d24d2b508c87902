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

    /// <summary>A larger buffer is not kept. The transfers of a busy block fit into one of this size.</summary>
    private const int KeptBufferBytesMax = 8 * 1024 * 1024;

    /// <summary>
    /// One buffer of each size up to 8 MB, 16 MB in all. The shared pool would keep some of each size, up to 64 MB.
    /// </summary>
    private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(KeptBufferBytesMax, maxArraysPerBucket: 1);

    /// <summary>Connections are renewed, so that a provider's move to another address is followed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient http;
    private readonly Uri url;
    private readonly string network;
    private readonly int index;
    private readonly TimeSpan timeout;
    private readonly int answerBytesMax;
    private long lastId;

    /// <param name="index">The provider's place in the settings of its network.</param>
    /// <param name="timeout">Of a request, until its answer is read.</param>
    public RpcClient(string url, string network, int index, TimeSpan timeout, int answerBytesMax = AnswerBytesMax)
    {
        this.network = network;
        this.index = index;
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

    /// <summary>The provider's name in logs.</summary>
    public string Host => url.Host;

    /// <summary>Sends one request and reads its answer.</summary>
    /// <param name="writeParameters">Writes the elements of <c>params</c>.</param>
    /// <exception cref="RpcException">There is no answer, or not one to this request.</exception>
    public async Task<T> Call<T>(
        string method, Action<Utf8JsonWriter> writeParameters, ReadResult<T> read, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref lastId);
        return await Send(
            method, json => WriteRequest(json, id, method, writeParameters),
            bytes =>
            {
                var answer = RpcAnswer.Read(bytes);
                return answer.Error is { } error ? throw ExceptionOf(error, method) : answer.ReadResult(read);
            },
            cancellation);
    }

    /// <summary>Sends several requests as one, and reads what is answered of them.</summary>
    /// <returns>The answer to each request, in their order; one that is missing, or an error, was not found.</returns>
    /// <exception cref="RpcException">There is no answer, or the provider takes no batches.</exception>
    public async Task<(bool IsFound, T Result)[]> Batch<T>(
        string method, IReadOnlyList<Action<Utf8JsonWriter>> requests, ReadResult<T> read,
        CancellationToken cancellation)
    {
        var first = Interlocked.Add(ref lastId, requests.Count) - requests.Count + 1;
        return await Send(
            method,
            json =>
            {
                json.WriteStartArray();
                foreach (var (index, write) in requests.Index()) WriteRequest(json, first + index, method, write);
                json.WriteEndArray();
            },
            bytes => ReadBatch(bytes, method, first, requests.Count, read), cancellation);
    }

    public void Dispose() => http.Dispose();

    private async Task<T> Send<T>(
        string method, Action<Utf8JsonWriter> write, ReadBytes<T> read, CancellationToken cancellation)
    {
        using var measured = ChainInstruments.Requested(network, index, method);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(timeout);
        try
        {
            using var request = Request(write);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);

            // Some providers refuse a range by 400, with an error of JSON-RPC in the body.
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest))
                throw new RpcException(
                    Host, method, RpcFault.HttpStatus, (int)response.StatusCode, RetryAfterOf(response.Headers));

            using var answer = new AnswerBuffer();
            await ReadToEnd(response.Content, answer, method, end.Token);
            var result = read(answer.Written);
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

    private HttpRequestMessage Request(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) write(json);
        var content = new ReadOnlyMemoryContent(bytes.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    private static void WriteRequest(
        Utf8JsonWriter json, long id, string method, Action<Utf8JsonWriter> writeParameters)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WriteNumber("id", id);
        json.WriteString("method", method);
        json.WriteStartArray("params");
        writeParameters(json);
        json.WriteEndArray();
        json.WriteEndObject();
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

    private (bool IsFound, T Result)[] ReadBatch<T>(
        ReadOnlySpan<byte> bytes, string method, long first, int count, ReadResult<T> read)
    {
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
            throw new RpcException(Host, method, RpcFault.BatchRefused, RpcAnswer.Read(bytes).Error?.Code);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();

        // The answers may come in any order.
        var found = new (bool IsFound, T Result)[count];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var answer = RpcAnswer.Read(bytes[start..(int)reader.BytesConsumed]);
            if (answer.Error is null && answer.Id - first is { } index && index >= 0 && index < count)
                found[index] = (true, answer.ReadResult(read));
        }

        return found;
    }

    private RpcException ExceptionOf(RpcError error, string method) =>
        new(Host, method, error.IsRangeRefused ? RpcFault.RangeRefused : RpcFault.Error, error.Code);

    private static TimeSpan? RetryAfterOf(HttpResponseHeaders headers) =>
        headers.RetryAfter?.Delta
        ?? (headers.RetryAfter?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);

    private delegate T ReadBytes<out T>(ReadOnlySpan<byte> answer);

    /// <summary>An answer as it is read, in memory that is used again.</summary>
    private sealed class AnswerBuffer : IDisposable
    {
        private byte[] bytes = Buffers.Rent(FirstBufferBytes);
        private int length;

        public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

        /// <summary>Never empty.</summary>
        public Memory<byte> Free
        {
            get
            {
                if (length == bytes.Length)
                {
                    var larger = Buffers.Rent(bytes.Length * 2);
                    bytes.CopyTo(larger, 0);
                    Buffers.Return(bytes);
                    bytes = larger;
                }

                return bytes.AsMemory(length);
            }
        }

        public void Advance(int count) => length += count;

        public void Dispose() => Buffers.Return(bytes);
    }
}
