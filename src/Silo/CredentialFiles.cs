namespace Bleepay.Silo;

/// <summary>
/// Settings as files, each named like its environment variable: secrets that a container or a unit is given without
/// their being in its environment.
/// </summary>
internal static class CredentialFiles
{
    /// <summary>Set by systemd for a unit with credentials (systemd.exec(5)), by the operator elsewhere.</summary>
    private const string FolderVariable = "CREDENTIALS_DIRECTORY";

    /// <exception cref="DirectoryNotFoundException">The folder that is named does not exist.</exception>
    public static void AddCredentialFiles(this ConfigurationManager configuration)
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            configuration.AddKeyPerFile(folder, optional: false);
    }
}
