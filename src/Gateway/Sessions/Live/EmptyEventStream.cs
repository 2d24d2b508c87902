using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>
/// The stream of a session that can't be read now. It ends before its first event, and a client reconnects after a
/// second. After a refusal, a browser's event source would never reconnect (HTML standard, §9.2.2).
/// </summary>
internal sealed class EmptyEventStream : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => SessionEventStream.Begin(
        httpContext.Response,
        httpContext.RequestServices.GetRequiredService<TimeProvider>(),
        httpContext.RequestAborted);
}
