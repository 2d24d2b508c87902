using Bleepay.Grains.Keys;
using Bleepay.Grains.Nodes;
using Bleepay.Silo.Storage.PostgreSql;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// Holds up the start of a node whose server keys the others would not understand, or that would not understand theirs:
/// secrets that one node gives out would be refused by another.
/// </summary>
internal sealed partial class KeyRingAdmission(
    KeyRing keys, IOptions<NodeOptions> options, ILogger<KeyRingAdmission> logger)
{
    /// <summary>A fraction of the two minutes after which a node counts as ended.</summary>
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    /// <summary>This run of this process.</summary>
    public NodeKeyRing Ring { get; } = new(
        $"{options.Value.NodeName ?? Environment.MachineName}/{Guid.NewGuid():N}",
        keys.Current.Id,
        [.. keys.All.Select(key => key.Id)]);

    /// <summary>Returns once the node may serve. Every reason to wait is logged when it changes.</summary>
    public async Task Await(Func<NodeKeyRing, Task<KeyRingConflict?>> admit, CancellationToken cancellation)
    {
        string? logged = null;
        while (true)
        {
            try
            {
                if (await admit(Ring).WaitAsync(cancellation) is not { } conflict) return;
                var missing = string.Join(", ", conflict.MissingKeyIds);
                if (missing != logged) LogConflict(missing, conflict.IsSigningKeyUnknown, Ring.SigningKeyId);
                logged = missing;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                // A gateway may start before its silos, a silo before its database.
                if (failure.Message != logged) LogWaiting(failure.Message);
                logged = failure.Message;
            }

            await Task.Delay(RetryDelay, cancellation);
        }
    }

    /// <summary>Renews the record of this node until it ends.</summary>
    public async Task Renew(Func<NodeKeyRing, Task<KeyRingConflict?>> admit, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(RenewalPeriod);
        while (await timer.WaitForNextTickAsync(cancellation)) await Await(admit, cancellation);
    }

    [LoggerMessage(
        LogLevel.Error,
        "This node does not serve: its Secrets__Keys differ from those of the running nodes. Missing here: " +
        "'{MissingKeyIds}'. First key here, {SigningKeyId}, missing elsewhere: {IsSigningKeyUnknown}. Add a new key " +
        "last on every node before any has it first. A key's id is the first 8 digits of its SHA-256")]
    private partial void LogConflict(string missingKeyIds, bool isSigningKeyUnknown, string signingKeyId);

    [LoggerMessage(LogLevel.Warning, "Waiting to compare the server keys with the other nodes': {Reason}")]
    private partial void LogWaiting(string reason);
}

/// <summary>A silo is admitted before it joins: its grains use the keys too.</summary>
internal sealed class SiloKeyRing(KeyRingAdmission admission, PostgreSqlKeyRings rings)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task renewing = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SiloKeyRing), ServiceLifecycleStage.First + 1, Start, Stop);

    public void Dispose() => stopping.Dispose();

    private async Task Start(CancellationToken cancellation)
    {
        await admission.Await(rings.Admit, cancellation);
        renewing = admission.Renew(rings.Admit, stopping.Token);
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await stopping.CancelAsync();
        await renewing.ContinueWith(_ => { }, cancellation, TaskContinuationOptions.None, TaskScheduler.Default);
        await rings.Leave(admission.Ring.Node).WaitAsync(cancellation);
    }
}

/// <summary>A gateway apart is admitted through a silo, and answers 503 until then.</summary>
internal sealed class GatewayKeyRing(KeyRingAdmission admission, IGrainFactory grains) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await admission.Await(Admit, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => admission.Renew(Admit, stoppingToken);

    private Task<KeyRingConflict?> Admit(NodeKeyRing ring) => grains.GetGrain<IKeyRingGrain>(0).Admit(ring);
}
