namespace Bleepay.Silo.Storage;

/// <summary>
/// The database was written by a newer release. Running on could lose what that release has added.
/// </summary>
internal sealed class SchemaTooNewException(int found, int known) : Exception(
    $"The database has schema version {found}, and this release supports versions up to {known}. " +
    "Start the release that created it, or a newer one.");
