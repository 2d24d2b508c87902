using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bleepay.Gateway.Health;

/// <summary>
/// Watches the wall clock of the process. One that was set back by more than <see cref="ClockRules.StepMax"/> ends the
/// process: it turns unready, refuses requests with 503, and stops, so that its supervisor restarts it on the
/// current clock.
/// </summary>
/// <remarks>
/// Orleans can't continue: it dates the collection of idle grains by the wall clock, and no grain is activated once
/// that is behind by a grain's collection age (ActivationCollector, 10.4.2). A step forward needs no restart:
/// every clock of the process follows it, and it looks the same as the resumption of a suspended machine.
/// </remarks>
internal sealed partial class ClockWatch : BackgroundService
{
    /// <summary>EX_TEMPFAIL of sysexits.h: start it again.</summary>
    public const int ExitCode = 75;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Requests look at the clock as well; they don't all have to write what they saw.</summary>
    private static readonly long TicksWorthAWrite = TimeSpan.FromMilliseconds(50).Ticks;

    private readonly TimeProvider clock;
    private readonly IHostApplicationLifetime host;
    private readonly ILogger<ClockWatch> logger;
    private long highestTicks;
    private volatile bool isSetBack;

    public ClockWatch(TimeProvider clock, IHostApplicationLifetime host, ILogger<ClockWatch> logger)
    {
        this.clock = clock;
        this.host = host;
        this.logger = logger;
        highestTicks = clock.GetUtcNow().UtcTicks;
    }

    /// <summary>
    /// True from the moment when the wall clock was set back by too much, until the process has ended. Looks at the
    /// clock each time.
    /// </summary>
    public bool IsSetBack
    {
        get
        {
            if (!isSetBack && LooksSetBack(clock.GetUtcNow())) isSetBack = true;
            return isSetBack;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        var before = Read();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = Read();
                var step = ClockRules.Step(before, now);
                before = now;
                if (step > ClockRules.StepMax) LogSetForward(step);
                else if (step < -Period) LogSetBack(-step);
                if (!IsSetBack) continue;

                LogEnding(ClockRules.StepMax);
                Environment.ExitCode = ExitCode;
                host.StopApplication();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends for another reason.
        }
    }

    private ClockReading Read() => new(clock.GetUtcNow(), clock.GetElapsedTime(0));

    private bool LooksSetBack(DateTimeOffset now)
    {
        var highest = Volatile.Read(ref highestTicks);
        if (now.UtcTicks - highest > TicksWorthAWrite) Volatile.Write(ref highestTicks, now.UtcTicks);
        return ClockRules.IsSetBack(new DateTimeOffset(highest, TimeSpan.Zero), now);
    }

    [LoggerMessage(LogLevel.Warning,
        "The system's clock was set forward by {Step}, or the machine was suspended; sessions expire by the new time")]
    private partial void LogSetForward(TimeSpan step);

    [LoggerMessage(LogLevel.Warning, "The system's clock was set back by {Step}")]
    private partial void LogSetBack(TimeSpan step);

    [LoggerMessage(LogLevel.Critical,
        "The system's clock was set back by more than {StepMax}; this process ends and must be restarted")]
    private partial void LogEnding(TimeSpan stepMax);
}
