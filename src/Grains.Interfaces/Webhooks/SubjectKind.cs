using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Webhooks;

/// <summary>What an event can be about. The prefix of the subject's id shows it.</summary>
/// <param name="Letter">Stands for the kind in the ids of events and deliveries.</param>
/// <param name="Prefix">Of the ids of such subjects.</param>
public sealed record SubjectKind(char Letter, string Prefix)
{
    public static readonly SubjectKind Session = new('s', Identifiers.SessionPrefix);

    /// <summary>An event that a merchant sends to an endpoint to try it.</summary>
    public static readonly SubjectKind Test = new('t', Identifiers.TestEventPrefix);

    public static readonly SubjectKind UnmatchedPayment = new('u', Identifiers.UnmatchedPaymentPrefix);

    private static readonly SubjectKind[] All = [Session, Test, UnmatchedPayment];

    /// <exception cref="ArgumentException">No kind of subject has such ids.</exception>
    public static SubjectKind Of(string subjectId) =>
        Array.Find(All, kind => subjectId.StartsWith(kind.Prefix, StringComparison.Ordinal))
        ?? throw new ArgumentException($"'{subjectId}' is no id of a subject.", nameof(subjectId));

    /// <summary>The kind that the letter stands for, or null.</summary>
    public static SubjectKind? Of(char letter) => Array.Find(All, kind => kind.Letter == letter);
}
