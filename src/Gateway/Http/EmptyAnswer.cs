using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>200 without a body: done, and nothing to return.</summary>
internal sealed class EmptyAnswer : IResult
{
    public static readonly EmptyAnswer Instance = new();

    private EmptyAnswer()
    {
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
