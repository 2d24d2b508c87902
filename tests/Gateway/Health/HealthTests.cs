using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Health;

/// <summary>What a node reports to the programs that decide whether it is started, sent requests, or killed.</summary>
public sealed class HealthTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("/health/startup")]
    [InlineData("/health/ready")]
    [InlineData("/health/live")]
    public async Task A_node_that_has_started_is_well_by_every_measure(string path)
    {
        await using var host = await ServiceHost.Start(folder.Path);

        Assert.Equal("Healthy", (await new Api(host.Http).Get(path)).MustBeOk().Text);
    }

    [Fact]
    public async Task A_node_that_is_asked_to_stop_turns_unready_and_still_serves_until_its_drain_is_over()
    {
        await using var host = await ServiceHost.Start(
            folder.Path, new Dictionary<string, string?> { ["Shutdown:Drain"] = "00:00:05" });
        var api = new Api(host.Http);
        var widget = await api.CreateWidget();

        var stopping = host.Stop();
        await Eventually.Holds("the node is unready", Deadline, async () =>
            (await api.Get("/health/ready")).Status == HttpStatusCode.ServiceUnavailable);
        (await api.CreateSession(widget)).MustBeOk();
        (await api.Get("/health/live")).MustBeOk();
        Assert.False(stopping.IsCompleted, "The node was gone before its drain was over.");

        await stopping.WaitAsync(Deadline);
        await Assert.ThrowsAsync<HttpRequestException>(() => api.Get("/health/live"));
    }

    [Theory]
    [InlineData("-00:00:01")]
    [InlineData("00:01:01")]
    public async Task A_drain_time_out_of_bounds_is_refused(string drain)
    {
        var settings = new Dictionary<string, string?> { ["Shutdown:Drain"] = drain };

        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => ServiceHost.Start(folder.Path, settings));

        Assert.Contains("Shutdown__Drain", refused.Message, StringComparison.Ordinal);
    }
}
