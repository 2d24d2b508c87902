using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bleepay.Tests.Gateway.OpenApi;
using Bleepay.Tests.Harness;
using CsCheck;
using Xunit.Abstractions;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>
/// Whatever a request holds, the answer is one that the API describes, and never a failure. The operations are those of
/// the API's own description, so a new one is fuzzed without a change here.
/// </summary>
[Collection(Databases.Name)]
public sealed partial class FuzzTests(Databases databases, ITestOutputHelper output)
{
    private const int AtOnce = 8;

    /// <summary>On each database, over all operations.</summary>
    private static readonly int Bodies = Setting("FUZZ_BODIES", 500);

    /// <inheritdoc cref="Bodies"/>
    private static readonly int Queries = Setting("FUZZ_QUERIES", 300);

    /// <summary>Narrows a run to one operation, to replay what it found.</summary>
    private static readonly string? Only = Environment.GetEnvironmentVariable("FUZZ_OPERATION");

    [Theory]
    [OnEachDatabase]
    public async Task No_body_makes_the_service_fail(string database)
    {
        var host = await databases.Host(database);
        var operations = (await DescribedOperation.AllOf(new Api(host.Http)))
            .Where(operation => operation.Method == HttpMethod.Post)
            .ToList();

        await MustHold(operations, Bodies, operation => 1 + GoodBody.Of(operation).Count, async (operation, share) =>
        {
            using var fuzz = new Fuzz(host, operation);
            var failure = await fuzz.GoodBodyIsRefused() ?? await fuzz.Run(FuzzedRequest.OfBody(operation), share);
            return (failure, fuzz.Statuses);
        });
    }

    [Theory]
    [OnEachDatabase]
    public async Task No_query_header_or_id_makes_the_service_fail(string database)
    {
        var host = await databases.Host(database);
        var operations = await DescribedOperation.AllOf(new Api(host.Http));

        await MustHold(
            operations, Queries, operation => 1 + operation.Parameters("query").Count, async (operation, share) =>
            {
                using var fuzz = new Fuzz(host, operation);
                return (await fuzz.Run(FuzzedRequest.OfTheRest(operation), share), fuzz.Statuses);
            });
    }

    private static int Setting(string name, int byDefault) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given)
            ? given
            : byDefault;

    /// <param name="requests">In all, over the operations.</param>
    /// <param name="weight">The more an operation takes, the more of the requests it gets.</param>
    /// <param name="fuzz">Sends an operation its share; returns a failure or null, and the statuses.</param>
    private async Task MustHold(
        IReadOnlyList<DescribedOperation> operations,
        int requests,
        Func<DescribedOperation, int> weight,
        Func<DescribedOperation, int, Task<(string? Failure, IReadOnlyDictionary<int, int> Statuses)>> fuzz)
    {
        var weights = operations.Sum(weight);
        var failures = new List<string>();
        foreach (var operation in operations.Where(operation => Only is null || operation.Name == Only))
        {
            var started = Stopwatch.GetTimestamp();
            var (failure, statuses) = await fuzz(operation, 1 + (int)((long)requests * weight(operation) / weights));
            if (failure is not null) failures.Add($"{operation.Name}: {failure}");
            var counts = statuses.OrderBy(status => status.Key).Select(status => $"{status.Value} × {status.Key}");
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            output.WriteLine($"{operation.Name}: {string.Join(", ", counts)} in {seconds:F1} s");
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    /// <summary>One operation under fuzzed requests.</summary>
    private sealed class Fuzz(ServiceHost host, DescribedOperation operation) : IDisposable
    {
        private readonly HttpClient http = FuzzedAnswer.Client();
        private readonly FuzzTargets targets = new(host, operation);
        private readonly ConcurrentDictionary<int, int> statuses = new();
        private readonly ConcurrentQueue<FuzzedRequest> wrong = new();

        public IReadOnlyDictionary<int, int> Statuses => statuses;

        /// <summary>Bodies around one that is refused would get no further than the first check.</summary>
        /// <returns>Null where it is accepted.</returns>
        public async Task<string?> GoodBodyIsRefused()
        {
            if (operation.BodySchema is null) return null;
            var whole = FuzzedRequest.Good(operation) with { Body = GoodBody.Written(operation, isWhole: true) };
            var answer = await Send(whole);
            return (int)answer.Status == 200 ? null : $"GoodBody is not good:\n{whole}\n{answer.Text}";
        }

        /// <returns>The smallest wrong request that was found, and how to replay it; null if there is none.</returns>
        public async Task<string?> Run(Gen<FuzzedRequest> requests, int count)
        {
            try
            {
                await requests.SampleAsync(IsRight, iter: count, threads: AtOnce);
                return null;
            }
            catch (CsCheckException found)
            {
                var smallest = await wrong.MinBy(request => request.Body?.Length ?? 0)!.Reduce(
                    async smaller => await FaultOf(smaller) is not null);
                return $"FUZZ_OPERATION={operation.Name} CsCheck_Seed={Seed.Match(found.Message).Groups[1].Value} " +
                    $"dotnet test tests --filter FullyQualifiedName~FuzzTests\n{smallest}\n{await FaultOf(smallest)}";
            }
        }

        public void Dispose() => http.Dispose();

        private async Task<bool> IsRight(FuzzedRequest request)
        {
            if (await FaultOf(request) is null) return true;
            wrong.Enqueue(request);
            return false;
        }

        private async Task<string?> FaultOf(FuzzedRequest request)
        {
            try
            {
                var answer = await Send(request);
                return FuzzedAnswer.FaultOf(operation, answer) is { } fault
                    ? $"{(int)answer.Status}: {fault}\n{answer.Text}"
                    : null;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
            {
                return $"no answer that can be read: {failure.Message}";
            }
        }

        private async Task<Answer> Send(FuzzedRequest request)
        {
            var answer = await FuzzedAnswer.Send(http, request.To(await targets.Next()));
            statuses.AddOrUpdate((int)answer.Status, 1, (_, times) => times + 1);
            return answer;
        }
    }

    [GeneratedRegex("CsCheck_Seed=([0-9A-Za-z_-]+)")]
    private static partial Regex Seed { get; }
}
