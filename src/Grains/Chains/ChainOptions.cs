namespace Bleepay.Grains.Chains;

/// <summary>Settings of one network. A network is watched if it has <see cref="Rpc"/>.</summary>
public sealed class ChainOptions
{
    public const int ConfirmationsDefault = 12;
    public const int ConfirmationsMax = 10_000;
    public const int ConfirmationStepsMax = 100;
    public const int LogRangeMax = 1_000_000;
    public const int MaxReorganisationMax = 100_000;
    public const int DecimalsMax = 36;

    /// <summary>
    /// The blocks that a reorganisation may remove beyond those that payments wait for. With fewer, the blocks under a
    /// payment that is about to be final would be forgotten.
    /// </summary>
    public const int ReorganisationMargin = 16;

    public static readonly TimeSpan PollIntervalMin = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan PollIntervalMax = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan RequestTimeoutMin = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan RequestTimeoutMax = TimeSpan.FromMinutes(2);
    public static readonly TimeSpan LateWindowMax = TimeSpan.FromDays(30);
    public static readonly TimeSpan AddressRestMax = TimeSpan.FromDays(7);

    /// <summary>
    /// The URLs of JSON-RPC providers, the preferred one first. Secrets: most have an API key in their path.
    /// </summary>
    public IList<string> Rpc { get; } = [];

    /// <summary>By EIP-155. The default value is the preset's; required for a network without one.</summary>
    public long? ChainId { get; set; }

    /// <summary>Needed before a payment is final, 1–10,000. The default value is 12.</summary>
    public int Confirmations { get; set; } = ConfirmationsDefault;

    /// <summary>
    /// How many times a payment is reported between its first sight and its last confirmation, 1–100. The default
    /// value is 4.
    /// </summary>
    public int ConfirmationSteps { get; set; } = 4;

    /// <summary>What makes a block final. The default value is <c>Confirmations</c>.</summary>
    public ChainFinality Finality { get; set; } = ChainFinality.Confirmations;

    /// <summary>Tokens beside the preset's; one with the address of a preset's token replaces it.</summary>
    public IList<TokenOptions> Tokens { get; } = [];

    /// <summary>The network's own coin. The default values are the preset's, else ETH with 18 decimals.</summary>
    public NativeCoinOptions Native { get; } = new();

    /// <summary>Which transfers of the network's own coin are seen. The default value is <c>TopLevel</c>.</summary>
    public NativeTransfers NativeTransfers { get; set; } = NativeTransfers.TopLevel;

    /// <summary>How often a provider is asked for the latest block. The default value is 2 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The number of blocks whose logs are requested at once; reduced where a provider refuses it. The default value is
    /// 500.
    /// </summary>
    public int LogRange { get; set; } = 500;

    /// <summary>After it a request to a provider has failed. The default value is 10 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The number of blocks above the settled one whose hashes are kept. A deeper reorganisation stops the network. The
    /// default value is 128.
    /// </summary>
    public int MaxReorganisation { get; set; } = 128;

    /// <summary>For how long after its end a session may still be paid, as late. The default value is 24 h.</summary>
    public TimeSpan LateWindow { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The first block that is read when the network has never been watched. The default is the block of one session's
    /// lifetime ago.
    /// </summary>
    public long? StartBlock { get; set; }

    /// <summary>
    /// For how long after a session's end its address is not given to another by <c>auto</c>. The default value is 30
    /// minutes.
    /// </summary>
    public TimeSpan AddressRest { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>A token of a network.</summary>
public sealed class TokenOptions
{
    /// <summary>The contract's address, <c>0x</c> and 40 hexadecimal digits.</summary>
    public string? Address { get; set; }

    /// <summary>As in the field <c>currency</c>: 2–8 of A–Z and 0–9.</summary>
    public string? Symbol { get; set; }

    /// <summary>0–36, as the contract's <c>decimals()</c>.</summary>
    public int? Decimals { get; set; }
}

/// <summary>A network's own coin. What is null is the preset's.</summary>
public sealed class NativeCoinOptions
{
    /// <summary>As in the field <c>currency</c>: 2–8 of A–Z and 0–9.</summary>
    public string? Symbol { get; set; }

    /// <summary>0–36.</summary>
    public int? Decimals { get; set; }
}

/// <summary>What makes a block of a chain final.</summary>
public enum ChainFinality
{
    /// <summary>A number of blocks above it.</summary>
    Confirmations,

    /// <summary>That number, and the chain's tag <c>finalized</c>.</summary>
    Finalized,

    /// <summary>That number, and the chain's tag <c>safe</c>.</summary>
    Safe,
}

/// <summary>Which transfers of a network's own coin are seen.</summary>
public enum NativeTransfers
{
    /// <summary>None: payments in the coin are reported by others.</summary>
    Off,

    /// <summary>Transfers that a transaction makes itself. Payments made by a contract are not seen.</summary>
    TopLevel,

    /// <summary>All, also those made by a contract, from a provider that has <c>trace_block</c>.</summary>
    Traces,
}
