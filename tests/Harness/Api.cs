using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The API by methods named for what a test does. Every call is plain HTTP, as any client would send it.
/// </summary>
internal sealed class Api(HttpClient http)
{
    public const string Business = "biz_tests";
    public const string Json = "application/json";

    private const int SharedWidgetsMax = 8;

    /// <summary>A body of create-session that every unrestricted widget accepts.</summary>
    public static JsonObject GoodSession() => new()
    {
        ["amount"] = "100",
        ["currency"] = "USDC",
        ["network"] = "polygon",
        ["currencyAddress"] = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
        ["depositAddress"] = "0xMerchantWalletAddress",
    };

    /// <summary>A body of create-widget that restricts nothing.</summary>
    public static JsonObject GoodWidget() => new() { ["name"] = "Shop", ["mode"] = "CUSTOMER_AMOUNT" };

    /// <summary>
    /// Makes a widget and returns its id and secret. In the business that most tests share, widgets of earlier tests
    /// are deleted first, because it may have only ten.
    /// </summary>
    public async Task<TestWidget> CreateWidget(JsonObject? body = null, string business = Business)
    {
        if (business == Business) await DeleteOldestSharedWidgets();
        var answer = await Post(
            $"/api/v1/businesses/{business}/widgets/create-widget", body ?? GoodWidget(), token: Tokens.For(business));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return new TestWidget(
            answer.Body["widget"]!["id"]!.GetValue<string>(),
            TestLog.Remember(answer.Body["clientSecret"]!.GetValue<string>()),
            business);
    }

    /// <summary>Posts this body to create-widget, as a member of a new business.</summary>
    public Task<Answer> PostWidget(JsonNode body)
    {
        var business = NewBusiness();
        return Post($"/api/v1/businesses/{business}/widgets/create-widget", body, token: Tokens.For(business));
    }

    /// <summary>A new business, for tests that count its widgets.</summary>
    public static string NewBusiness() => $"biz_{Guid.NewGuid():N}";

    /// <summary>Changes a widget as a member of its business, by the last word of the path.</summary>
    public Task<Answer> Manage(TestWidget widget, string action, JsonNode? body = null) =>
        Post($"{widget.Path}/{action}", body, token: Tokens.For(widget.Business));

    /// <summary>A widget as a member of its business sees it.</summary>
    public async Task<Answer> ReadAsMember(TestWidget widget) =>
        (await Get(widget.Path, token: Tokens.For(widget.Business))).MustBeOk();

    public Task<Answer> CreateSession(
        TestWidget widget, JsonNode? body = null, string? idempotencyKey = null, string? origin = null) =>
        Post(widget.SessionsPath, body ?? GoodSession(), widget.Secret, idempotencyKey: idempotencyKey, origin: origin);

    /// <summary>Opens a session that must open.</summary>
    public async Task<TestSession> NewSession(
        TestWidget widget, JsonNode? body = null, string? idempotencyKey = null)
    {
        var answer = (await CreateSession(widget, body, idempotencyKey)).MustBeOk();
        return new TestSession(answer["id"]!, answer["clientSecret"]!, widget, answer);
    }

    /// <summary>A session as a member of its business sees it.</summary>
    public async Task<Answer> ReadAsMember(TestSession session) =>
        (await Get(session.Path, token: Tokens.For(session.Widget.Business))).MustBeOk();

    /// <summary>A body of report-payment that makes a session of <see cref="GoodSession"/> CONFIRMED.</summary>
    public static JsonObject GoodReport() => new()
    {
        ["txId"] = "0x5e1f",
        ["amount"] = "100",
        ["confirmations"] = 12,
    };

    /// <summary>Reports as a processor of the session's business.</summary>
    public Task<Answer> Report(TestSession session, JsonNode body) =>
        Post(session.ReportPath, body, token: Tokens.Reporter(session.Widget.Business));

    public Task<Answer> Cancel(TestSession session) => Post(session.CancelPath, secret: session.Secret);

    public Task<Answer> Get(string path, string? secret = null, string? token = null, string? origin = null) =>
        Send(Request(HttpMethod.Get, path, secret, token, null, origin));

    public Task<Answer> Post(
        string path,
        JsonNode? body = null,
        string? secret = null,
        string? token = null,
        string? idempotencyKey = null,
        string? origin = null)
    {
        var request = Request(HttpMethod.Post, path, secret, token, idempotencyKey, origin);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, Json);
        return Send(request);
    }

    /// <summary>A body exactly as given, valid or not.</summary>
    public Task<Answer> PostRaw(
        string path,
        byte[] body,
        string? secret = null,
        string? contentType = Json,
        string? token = null,
        string? idempotencyKey = null,
        string? origin = null,
        bool isChunked = false)
    {
        var request = Request(HttpMethod.Post, path, secret, token, idempotencyKey, origin);
        request.Headers.TransferEncodingChunked = isChunked;
        request.Content = new ByteArrayContent(body);
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return Send(request);
    }

    /// <exception cref="HttpRequestException">
    /// The service cannot be reached, or closed the connection. <see cref="HttpClient"/> itself lets a
    /// <see cref="SocketException"/> out where a killed process resets a connection that it has just accepted.
    /// </exception>
    public async Task<Answer> Send(HttpRequestMessage request)
    {
        try
        {
            using (request)
            {
                using var response = await http.SendAsync(request);
                return await Answer.Of(response);
            }
        }
        catch (SocketException reset)
        {
            throw new HttpRequestException(reset.Message, reset);
        }
    }

    /// <summary>Leaves room for a few widgets more in the business that most tests share.</summary>
    public async Task DeleteOldestSharedWidgets()
    {
        var token = Tokens.For(Business);
        var widgets = await Get($"/api/v1/businesses/{Business}/widgets?offset={SharedWidgetsMax - 1}", token: token);
        foreach (var oldest in widgets.MustBeOk().Body.AsArray().Select(widget => widget!["id"]!.GetValue<string>()))
            await Post($"/api/v1/businesses/{Business}/widgets/{oldest}/delete-widget", token: token);
    }

    private static HttpRequestMessage Request(
        HttpMethod method, string path, string? secret, string? token, string? idempotencyKey, string? origin)
    {
        var request = new HttpRequestMessage(method, path);
        if (secret is not null) request.Headers.Add("X-Client-Secret", secret);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        if (origin is not null) request.Headers.Add("Origin", origin);
        return request;
    }
}

/// <summary>A widget that a test has made.</summary>
internal sealed record TestWidget(string Id, string Secret, string Business)
{
    public string SessionsPath => $"/api/v1/widgets/{Id}/create-session";

    public string ConfigPath => $"/api/v1/widgets/{Id}/config";

    public string Path => $"/api/v1/businesses/{Business}/widgets/{Id}";
}

/// <summary>A session that a test has opened, and the answer that it was opened with.</summary>
internal sealed record TestSession(string Id, string Secret, TestWidget Widget, Answer Opened)
{
    public string Path => $"/api/v1/widgets/deposit-sessions/{Id}";

    public string CancelPath => $"{Path}/cancel-session";

    public string EventsPath => $"{Path}/events";

    public string ReportPath => $"{Path}/report-payment";
}

/// <summary>An HTTP answer, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, string? ContentType, HttpResponseHeaders Headers)
{
    public static async Task<Answer> Of(HttpResponseMessage response)
    {
        var answer = new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers);
        if (answer.IsJson && answer.Body is JsonObject body && body["clientSecret"] is { } secret)
            TestLog.Remember(secret.GetValue<string>());
        return answer;
    }

    public JsonNode Body => JsonNode.Parse(Text)!;

    public string? Code => Body["code"]?.GetValue<string>();

    public string? this[string field] => Body[field]?.ToString();

    private bool IsJson => ContentType?.EndsWith("json", StringComparison.Ordinal) == true;

    /// <summary>The messages about one field.</summary>
    public IReadOnlyList<string> ErrorsOf(string field) =>
        [.. (Body["errors"]?[field]?.AsArray() ?? []).Select(message => message!.GetValue<string>())];

    /// <summary>The paths of every field at fault, in the order of the alphabet.</summary>
    public IReadOnlyList<string> ErrorPaths =>
        [.. (Body["errors"]?.AsObject() ?? []).Select(error => error.Key).Order(StringComparer.Ordinal)];

    /// <summary>Asserts a refusal of exactly these fields, each with something to say about it.</summary>
    public Answer MustRefuse(params string[] paths)
    {
        MustBe(HttpStatusCode.BadRequest, "validation_failed");
        Assert.Equal(paths.Order(StringComparer.Ordinal), ErrorPaths);
        Assert.All(paths, path => Assert.All(ErrorsOf(path), Assert.NotEmpty));
        return this;
    }

    /// <summary>
    /// Asserts a refusal for lack of a valid credential, and that it names the expected kind.
    /// </summary>
    public Answer MustBeUnauthorized()
    {
        MustBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", Assert.Single(Headers.WwwAuthenticate).Scheme);
        return this;
    }

    /// <summary>Asserts a refusal of the rate limit, and that it has the time of the next try.</summary>
    public Answer MustBeRateLimited()
    {
        MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
        Assert.InRange(Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        return this;
    }

    /// <summary>Asserts a problem body as the contract has it, and its code.</summary>
    public Answer MustBe(HttpStatusCode status, string code)
    {
        Assert.True(Status == status, $"expected {(int)status}, got {(int)Status}: {Text}");
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(code, Code);
        Assert.Equal((int)status, Body["status"]!.GetValue<int>());
        Assert.NotEmpty(this["requestId"]!);
        Assert.NotEmpty(this["detail"]!);
        return this;
    }

    public Answer MustBeOk()
    {
        Assert.True(Status == HttpStatusCode.OK, $"expected 200, got {(int)Status}: {Text}");
        return this;
    }
}
