using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Clients that open sessions as fast as they are answered, and record each one that was acknowledged. A
/// client whose connection breaks gives up, and no request is sent twice.
/// </summary>
/// <param name="body">Of every request; <see cref="Api.GoodSession"/> if not given.</param>
internal sealed class SessionLoad(TestWidget widget, JsonNode? body = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ConcurrentDictionary<string, string> secrets = new();
    private readonly ConcurrentQueue<Answer> refusals = new();
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int milestone = int.MaxValue;
    private int sent;
    private int acknowledged;
    private int doubled;

    /// <summary>Every session that was answered with 200, and its secret.</summary>
    public IReadOnlyDictionary<string, string> Acknowledged => secrets;

    /// <summary>Answers other than 200.</summary>
    public IReadOnlyCollection<Answer> Refusals => refusals;

    /// <summary>How many requests were sent, answered or not.</summary>
    public int Sent => sent;

    /// <summary>How many answers named a session that another answer had named before.</summary>
    public int Doubled => doubled;

    /// <summary>Opens sessions until this number is acknowledged in all, or until the service is gone.</summary>
    public async Task Run(Api api, int acknowledgements)
    {
        var slots = new SemaphoreSlim(acknowledgements - acknowledged);
        var clients = Enumerable.Range(0, ServiceProcess.ConnectionsMax).Select(_ => Client(api, slots));
        await Task.WhenAll(clients);
    }

    /// <summary>Returns once this number is acknowledged in all. To be called once, before that is so.</summary>
    public async Task Reached(int acknowledgements)
    {
        Volatile.Write(ref milestone, acknowledgements);
        if (await Task.WhenAny(reached.Task, Task.Delay(Patience)) != reached.Task)
            Assert.Fail($"Missing after {Patience}: {acknowledgements - acknowledged} sessions; {Refused}");
    }

    /// <summary>What was answered instead of a session.</summary>
    public string Refused => $"{refusals.Count} refusals: {refusals.FirstOrDefault()?.Text}";

    private async Task Client(Api api, SemaphoreSlim slots)
    {
        while (slots.Wait(0))
        {
            Interlocked.Increment(ref sent);
            try
            {
                var answer = await api.CreateSession(widget, body);
                if (answer.Status != HttpStatusCode.OK) refusals.Enqueue(answer);
                else Remember(answer);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private void Remember(Answer answer)
    {
        if (!secrets.TryAdd(answer["id"]!, answer["clientSecret"]!)) Interlocked.Increment(ref doubled);
        else if (Interlocked.Increment(ref acknowledged) >= Volatile.Read(ref milestone))
            reached.TrySetResult();
    }
}
