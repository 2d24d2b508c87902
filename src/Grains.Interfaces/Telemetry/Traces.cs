using System.Diagnostics;

namespace Bleepay.Grains.Telemetry;

/// <summary>
/// The service's own spans, on the source <c>Bleepay</c>. A sampled request carries its span through the grain calls,
/// and a request that is not sampled carries nothing, so that no grain begins a trace.
/// </summary>
/// <remarks>
/// Without a listener on the source, no method here allocates. Orleans' own propagation would begin new traces in
/// the grains of requests that are not sampled, and any filter of grain calls costs 2.4 KB a session.
/// </remarks>
public static class Traces
{
    public const string SourceName = "Bleepay";

    /// <summary>A commit that many traced requests share names this number of them at most.</summary>
    public const int LinksMax = 32;

    private const string ContextKey = "traceparent";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The span that runs here, if it is recorded.</summary>
    public static ActivityContext? Current =>
        Source.HasListeners() && Activity.Current is { Recorded: true } span ? span.Context : null;

    /// <summary>The span of the caller of a grain, if it is recorded; null for a grain that works unasked.</summary>
    public static ActivityContext? Caller => Source.HasListeners() ? Carried() : null;

    /// <summary>Lets the grain calls that follow in this method continue the trace of its request.</summary>
    public static void Carry()
    {
        if (Source.HasListeners() && Activity.Current is { Recorded: true, Id: { } id })
            RequestContext.Set(ContextKey, id);
    }

    /// <summary>Runs a call of a grain as a span of the request that it serves, if that request is traced.</summary>
    /// <param name="name">Of the span: a few constant words.</param>
    /// <param name="idTag">The attribute that names the grain, where the caller may know that there is one.</param>
    /// <param name="call">Static, so that a call without a trace costs nothing.</param>
    public static Task<Result<T>> Continue<TGrain, TArgument, T>(
        string name, string idTag, TGrain grain, TArgument argument, Func<TGrain, TArgument, Task<Result<T>>> call)
        where TGrain : IAddressable
        where T : class =>
        Source.HasListeners() && Carried() is { } parent
            ? ContinueIn(Source.StartActivity(name, ActivityKind.Internal, parent), idTag, grain, argument, call)
            : call(grain, argument);

    /// <summary>Runs work that no request has asked for, as the root of a trace by the configured ratio.</summary>
    /// <param name="name">Of the span: a few constant words.</param>
    /// <param name="call">Static, so that a call without a trace costs nothing.</param>
    /// <param name="cause">The span that the root is linked to; null if it is not known.</param>
    public static Task<T> Root<TState, T>(
        string name, TState state, Func<TState, Task<T>> call, ActivityContext? cause = null) =>
        Source.HasListeners() ? RunAsRoot(name, state, call, cause) : call(state);

    /// <summary>
    /// Begins a span of work that several callers share: a child of the first, linked to the others. It ends when it is
    /// disposed of.
    /// </summary>
    /// <returns>Null without a traced caller.</returns>
    public static Activity? Share(string name, IReadOnlyList<ActivityContext> callers) => callers.Count == 0
        ? null
        : Source.StartActivity(
            name, ActivityKind.Client, callers[0],
            links: callers.Skip(1).Take(LinksMax).Select(caller => new ActivityLink(caller)));

    /// <summary>Adds an attribute to the span that runs here, if it is recorded.</summary>
    public static void Tag(string name, string? value)
    {
        if (Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } span) span.SetTag(name, value);
    }

    /// <inheritdoc cref="Tag(string, string?)"/>
    public static void Tag(string name, double value)
    {
        if (Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } span) span.SetTag(name, value);
    }

    /// <summary>Marks a span as failed. An exception's message may hold data, and its type does not.</summary>
    public static void Fail(Activity? span, Exception failure) =>
        span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);

    /// <summary>The span of the caller: Orleans' own where its spans are recorded as well.</summary>
    private static ActivityContext? Carried()
    {
        if (Activity.Current is { Recorded: true } span) return span.Context;
        return RequestContext.Get(ContextKey) is string parent
            && ActivityContext.TryParse(parent, null, isRemote: true, out var context)
                ? context
                : null;
    }

    private static async Task<Result<T>> ContinueIn<TGrain, TArgument, T>(
        Activity? span,
        string idTag,
        TGrain grain,
        TArgument argument,
        Func<TGrain, TArgument, Task<Result<T>>> call)
        where TGrain : IAddressable
        where T : class
    {
        using (span)
        {
            try
            {
                if (span is { Recorded: true }) RequestContext.Set(ContextKey, span.Id!);
                var answer = await call(grain, argument);
                if (answer.Refusal is not { Code: RefusalCode.NotFound or RefusalCode.Unauthorized })
                    span?.SetTag(idTag, grain.GetPrimaryKeyString());
                span?.SetTag(
                    "bleepay.outcome", answer.Refusal is { } refusal ? LabelWords.Lower(refusal.Code) : "ok");
                return answer;
            }
            catch (Exception failure)
            {
                Fail(span, failure);
                throw;
            }
        }
    }

    private static async Task<T> RunAsRoot<TState, T>(
        string name, TState state, Func<TState, Task<T>> call, ActivityContext? cause)
    {
        // The call that woke the grain is not the cause of this work.
        Activity.Current = null;
        RequestContext.Remove(ContextKey);
        using var span = Source.StartActivity(
            name, ActivityKind.Internal, default(ActivityContext),
            links: cause is { } causing ? [new ActivityLink(causing)] : null);
        try
        {
            if (span is { Recorded: true }) RequestContext.Set(ContextKey, span.Id!);
            return await call(state);
        }
        catch (Exception failure)
        {
            Fail(span, failure);
            throw;
        }
    }
}
