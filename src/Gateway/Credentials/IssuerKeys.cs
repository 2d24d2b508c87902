using Bleepay.Grains;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// The issuer's metadata and keys, never older than <see cref="IssuerOptions.KeyAgeMax"/> while the issuer can be
/// reached, and relied on for <see cref="IssuerOptions.OutageMax"/> while it can't.
/// </summary>
/// <remarks>
/// The platform's <c>ConfigurationManager</c> refreshes every five minutes at the earliest and uses its keys
/// without a time limit if that fails. It keeps earlier keys as "last known good" for an hour, so that a key that was
/// withdrawn after a leak would be accepted all that time.
/// </remarks>
internal sealed partial class IssuerKeys : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>
    /// An early fetch, as for a token whose key is unknown, is at least this long after the last one. However many
    /// tokens are forged, the issuer is sent 24 requests a minute by a node.
    /// </summary>
    public static readonly TimeSpan EarlyFetchPause = TimeSpan.FromSeconds(5);

    /// <summary>For both documents together.</summary>
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(5);

    private readonly IDocumentRetriever documents;
    private readonly IssuerOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<IssuerKeys> logger;
    private readonly Lock gate = new();

    private OpenIdConnectConfiguration? known;
    private long knownAt;
    private long? attemptedAt;
    private bool hasFailed;
    private bool isEarlyFetchWanted;
    private Task? fetch;

    public IssuerKeys(
        string metadataAddress,
        IDocumentRetriever documents,
        IssuerOptions options,
        TimeProvider clock,
        ILogger<IssuerKeys> logger)
    {
        MetadataAddress = metadataAddress;
        UseLastKnownGoodConfiguration = false;
        this.documents = documents;
        this.options = options;
        this.clock = clock;
        this.logger = logger;
    }

    /// <summary>False while the issuer can't be reached and its last known keys are too old to be relied on.</summary>
    public bool AreKnown
    {
        get
        {
            lock (gate) return known is not null && clock.GetElapsedTime(knownAt) <= options.OutageMax;
        }
    }

    /// <summary>Asks for a fetch, since a token names a key that is not known.</summary>
    public override void RequestRefresh()
    {
        lock (gate) isEarlyFetchWanted = true;
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) =>
        await GetConfigurationAsync(cancel);

    /// <summary>The keys, fetched again when they are due.</summary>
    /// <exception cref="UnavailableException">There are none that may be relied on.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (FetchToWaitFor() is { } awaited) await awaited.WaitAsync(cancel);
        lock (gate)
        {
            if (AreKnown) return known!;
            throw new UnavailableException("The keys of the tokens' issuer can't be fetched.");
        }
    }

    /// <summary>Begins a fetch that is due. One that is only early holds up no request while keys are fresh.</summary>
    private Task? FetchToWaitFor()
    {
        lock (gate)
        {
            var age = attemptedAt is { } attempted ? clock.GetElapsedTime(attempted) : TimeSpan.MaxValue;
            var isEarly = (isEarlyFetchWanted || hasFailed) && age >= EarlyFetchPause;
            if (fetch is null && (isEarly || age >= options.KeyAgeMax / 2))
            {
                // Off this thread, which holds the lock.
                isEarlyFetchWanted = false;
                fetch = Task.Run(Fetch, CancellationToken.None);
            }

            // In an outage each attempt takes until its timeout, and the known keys are the answer anyway.
            return !AreKnown || age >= options.KeyAgeMax || (isEarly && !hasFailed) ? fetch : null;
        }
    }

    private async Task Fetch()
    {
        OpenIdConnectConfiguration? fetched = null;
        var began = clock.GetTimestamp();
        using var timeout = new CancellationTokenSource(FetchTimeout);
        try
        {
            fetched = await OpenIdConnectConfigurationRetriever.GetAsync(MetadataAddress, documents, timeout.Token);

            // What a broken proxy answers with 200 withdraws no key; a set without keys does.
            if (fetched is not { Issuer.Length: > 0, JsonWebKeySet: not null })
                throw new InvalidOperationException("The document names no issuer or no keys.");
        }
#pragma warning disable CA1031 // Whatever it is that the issuer answers, these are no keys.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            fetched = null;
            if (hasFailed) LogStillNotFetched(failure, MetadataAddress);
            else LogNotFetched(failure, MetadataAddress);
        }

        if (fetched is not null && hasFailed) LogFetchedAgain(MetadataAddress);
        lock (gate)
        {
            // What is published may change while it is on its way, so its age counts from the request.
            if (fetched is not null) (known, knownAt) = (fetched, began);
            hasFailed = fetched is null;
            attemptedAt = fetched is null ? clock.GetTimestamp() : began;
            fetch = null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The keys of the issuer can't be fetched from {Address}; the last known are used")]
    private partial void LogNotFetched(Exception failure, string address);

    [LoggerMessage(LogLevel.Debug, "The keys of the issuer still can't be fetched from {Address}")]
    private partial void LogStillNotFetched(Exception failure, string address);

    [LoggerMessage(LogLevel.Information, "The keys of the issuer are fetched from {Address} again")]
    private partial void LogFetchedAgain(string address);
}
