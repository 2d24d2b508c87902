namespace Bleepay.Grains.Chains;

/// <summary>One transfer in a block of a watched network. Addresses and hashes are in lower case.</summary>
/// <param name="Network">The network's name in the settings.</param>
/// <param name="To">The token and the address that received it.</param>
/// <param name="TransactionId"><c>0x</c> and 64 hexadecimal digits.</param>
/// <param name="Index">The ordinal, from 0, among the transfers of this transaction in this token to this address, in
/// block order. Unlike a log index, it stays the same when a reorganisation moves the transaction.</param>
/// <param name="Amount">Decimal string in whole units of the token, above zero, without trailing zeros, up to 78
/// digits.</param>
/// <param name="From">The sender's address, or null.</param>
/// <param name="BlockTime">The time that the block states. UTC, whole seconds.</param>
public sealed record Transfer(
    string Network,
    TransferRecipient To,
    string TransactionId,
    int Index,
    string Amount,
    string? From,
    long BlockNumber,
    string BlockHash,
    DateTimeOffset BlockTime);

/// <summary>Where a transfer goes to.</summary>
/// <param name="Token">The token's contract, <c>0x</c> and 40 hexadecimal digits in lower case; empty for the network's
/// own coin.</param>
/// <param name="Address"><c>0x</c> and 40 hexadecimal digits in lower case.</param>
public readonly record struct TransferRecipient(string Token, string Address);
