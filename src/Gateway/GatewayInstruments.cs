using System.Diagnostics.Metrics;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Keys;
using Microsoft.Extensions.Hosting;

namespace Bleepay.Gateway;

/// <summary>What an operator can measure of a gateway, on the meter <c>Bleepay</c>.</summary>
internal static class GatewayInstruments
{
    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "bleepay.refusals", "{request}", "Requests that were refused, by the code of the problem.");

    private static readonly Gauge<int> Keys = Meter.CreateGauge<int>(
        "bleepay.secrets.keys", "{key}", "1 for each server key of this node, by its id and what it is for.");

    public static void Refused(string code) => Count(1, code);

    /// <summary>
    /// Shows the keys, and begins the refusals at zero: a series that first appears with its first event shows no
    /// increase.
    /// </summary>
    public static void Begin(KeyRing keys)
    {
        foreach (var code in Enum.GetValues<RefusalCode>()) Count(0, ProblemKind.Of(code).Code);
        foreach (var key in keys.All)
            Keys.Record(1, new("kid", key.Id), new("role", key.Id == keys.Current.Id ? "signs" : "verifies"));
    }

    private static void Count(int refusals, string code) =>
        Refusals.Add(refusals, new KeyValuePair<string, object?>("code", code));
}

/// <summary>Creates the series of a gateway once its meters are listened to.</summary>
internal sealed class GatewaySeriesAtStart(KeyRing keys) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        GatewayInstruments.Begin(keys);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
