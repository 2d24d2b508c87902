using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Harness;

/// <summary>Has a service record payments as the watcher of a chain does.</summary>
internal static class UnmatchedPayments
{
    /// <summary>Records a transfer to the session's address as unmatched.</summary>
    /// <returns>The payment's id.</returns>
    public static async Task<string> RecordUnmatched(
        this ServiceHost host, TestSession session, string transactionId, string amount = "100", int confirmations = 1,
        bool isSettled = false, bool isRemoved = false, UnmatchedReason reason = UnmatchedReason.Ambiguous)
    {
        string Field(string name) => session.Opened[name]!;
        var recipient = new TransferRecipient(
            FieldRules.NormalAddress(Field("currencyAddress")), FieldRules.NormalAddress(Field("depositAddress")));
        var transfer = new Transfer(
            Field("network"), recipient, transactionId, 0, amount, "0x2222222222222222222222222222222222222222", 17,
            "0xblock", DateTimeOffset.FromUnixTimeSeconds(1_780_000_000));
        await host.Services.GetRequiredService<IChainStore>().Record(
            [
                new UnmatchedSighting(
                    new UnmatchedTransfer(transfer, session.Widget.Business, IsRecorded: false, reason),
                    Field("currency"), confirmations, isSettled, isRemoved),
            ],
            DateTimeOffset.UtcNow);
        return UnmatchedPayment.IdOf(
            session.Widget.Business, transfer.Network, recipient.Token, recipient.Address, transactionId, 0);
    }
}
