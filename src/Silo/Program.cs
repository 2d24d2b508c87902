using Bleepay.Silo;
using Bleepay.Silo.Ops;
using Microsoft.Extensions.Options;

if (args is [OpsCommands.Name, ..]) return await OpsCommands.Run(args);
try
{
    await using var app = SiloHost.Build(args);
    await app.RunAsync();

    // The watch of the clock has ended the process, where it is not zero.
    return Environment.ExitCode;
}
catch (Exception failure) when (SettingsFailures.Of(failure) is { Count: > 0 } failures)
{
    await Console.Error.WriteLineAsync("The service can't start with these settings:");
    foreach (var setting in failures) await Console.Error.WriteLineAsync($"  {setting}");
    return 1;
}

/// <summary>What an operator has to set right before the service can start.</summary>
internal static class SettingsFailures
{
    public static IReadOnlyList<string> Of(Exception failure) => failure switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Of)],
        Bleepay.Silo.Storage.SchemaTooNewException tooNew => [tooNew.Message],
        Bleepay.Silo.Storage.DatabaseInUseException inUse => [inUse.Message],

        // A value that is not of its setting's type; the message names the setting.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } wrong => [wrong.Message],
        _ => [],
    };
}
