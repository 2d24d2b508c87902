namespace Bleepay.Grains.Sessions;

/// <summary>The amount, currency, address and customer of a session, as the merchant's page sent them.</summary>
/// <param name="Amount">Decimal string in whole units of the currency, above zero, at most 32
/// characters.</param>
/// <param name="Currency">2–8 of A–Z and 0–9, such as <c>USDC</c>.</param>
/// <param name="Network">The chain's name, 4–66 visible ASCII characters.</param>
/// <param name="CurrencyAddress">The token's contract, or empty for the network's own coin.</param>
/// <param name="DepositAddress">Where the customer pays to.</param>
/// <param name="CustomerEmail">The customer's e-mail address, or null.</param>
/// <param name="CustomerReference">The merchant's own name for the order, or null.</param>
/// <param name="Metadata">A minified JSON object of at most 2,048 UTF-8 bytes, or null.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-terms")]
public sealed record SessionTerms(
    [property: Id(0)] string Amount,
    [property: Id(1)] string Currency,
    [property: Id(2)] string Network,
    [property: Id(3)] string CurrencyAddress,
    [property: Id(4)] string DepositAddress,
    [property: Id(5)] string? CustomerEmail,
    [property: Id(6)] string? CustomerReference,
    [property: Id(7)] string? Metadata);
