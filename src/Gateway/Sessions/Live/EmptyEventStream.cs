using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>
/// The stream of a session that can't be asked now. It ends before its first event, at which a client comes back after
/// a second. At a refusal a browser's event source would give up for good (HTML standard, §9.2.2).
/// </summary>
internal sealed class EmptyEventStream : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => SessionEventStream.Begin(
        httpContext.Response,
        httpContext.RequestServices.GetRequiredService<TimeProvider>(),
        httpContext.RequestAborted);
}
