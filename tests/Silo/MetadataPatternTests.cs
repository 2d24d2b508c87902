using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// A merchant's pattern and a customer's text can't take the memory of the process that serves everyone. The
/// service has the heap of a pod: 75 % of the 1 GiB that the manifest gives it.
/// </summary>
public sealed class MetadataPatternTests(ITestOutputHelper output) : IDisposable
{
    private const string HeapBytesMax = "0x30000000";
    private const int Requests = 64;

    /// <summary>What <c>{"a":""}</c> leaves of 2,048 bytes.</summary>
    private const int TextLength = 2_040;

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("([ab]*a[ab]{30}){4}$", "ab")]
    [InlineData("(.*a.{28}|.*b.{28}|.*c.{28}|.*d.{28})$", "abcd")]
    public async Task Hostile_patterns_are_answered_within_the_heap_of_a_pod(string pattern, string letters)
    {
        await using var service = await ServiceProcess.Start(
            folder.Path, new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = HeapBytesMax });
        var settings = Api.GoodWidget();
        settings["metadataSchema"] = new JsonObject
        {
            ["properties"] = new JsonObject { ["a"] = new JsonObject { ["pattern"] = pattern } },
        };
        var widget = await service.Api.CreateWidget(settings);
        var usedBefore = service.ProcessorTime;

        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(seed =>
        {
            var body = Api.GoodSession();
            body["metadata"] = new JsonObject { ["a"] = RandomText(letters, seed) };
            return service.Api.CreateSession(widget, body);
        }));

        var used = (service.ProcessorTime - usedBefore).TotalMilliseconds / Requests;
        output.WriteLine(
            $"{Requests} requests at once: {used:F1} ms of a processor each, {service.PeakMemory >> 20} MiB at most");
        Assert.All(answers, answer =>
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest, answer.Text));
        Assert.DoesNotContain(
            nameof(OutOfMemoryException), service.Console + service.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static string RandomText(string letters, int seed) =>
        new(new Random(seed).GetItems(letters.AsSpan(), TextLength));
}
