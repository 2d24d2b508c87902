using System.Net.Http.Headers;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>The operations that need a credential, on one widget and one of its sessions.</summary>
internal sealed class Operations(Api api, TestSession session)
{
    public static readonly string[] OfSession = ["get-session", "cancel-session"];
    public static readonly string[] OfWidget = ["create-session", "get-config"];
    public static readonly string[] OfBusiness = ["create-widget", "get-widget"];
    public static readonly string[] All = [.. OfWidget, .. OfSession, .. OfBusiness];

    public TestSession Session => session;

    public TestWidget Widget => session.Widget;

    public static async Task<Operations> Prepare(Api api) =>
        new(api, await api.NewSession(await api.CreateWidget()));

    /// <summary>Sends the request, with a header for each credential that is given.</summary>
    public Task<Answer> Call(string operation, string? token = null, string? secret = null) =>
        Call(operation, token is null ? null : $"Bearer {token}", secret is null ? [] : [secret]);

    /// <param name="authorization">The whole header, or null.</param>
    /// <param name="secrets">One <c>X-Client-Secret</c> header each.</param>
    public async Task<Answer> Call(string operation, string? authorization, string[] secrets)
    {
        if (operation == "create-widget") await api.DeleteOldestSharedWidgets();
        var request = operation switch
        {
            "create-session" => Post(Widget.SessionsPath, Api.GoodSession().ToJsonString()),
            "get-config" => Get(Widget.ConfigPath),
            "get-session" => Get(session.Path),
            "cancel-session" => Post(session.CancelPath, null),
            "create-widget" => Post(CreateWidgetPath, Api.GoodWidget().ToJsonString()),
            "get-widget" => Get(Widget.Path),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
        };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var secret in secrets) request.Headers.TryAddWithoutValidation("X-Client-Secret", secret);
        return await api.Send(request);
    }

    private string CreateWidgetPath => $"/api/v1/businesses/{Widget.Business}/widgets/create-widget";

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    private static HttpRequestMessage Post(string path, string? json) => new(HttpMethod.Post, path)
    {
        Content = json is null
            ? null
            : new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue(Api.Json)),
    };
}
