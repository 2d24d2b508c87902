using Bleepay.Silo.Storage;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Retention;

/// <summary>Gives a silo what it deletes old sessions with.</summary>
internal static class RetentionHost
{
    public static ISiloBuilder AddRetention(
        this ISiloBuilder silo, IConfiguration configuration, IDatabase database)
    {
        var services = silo.Services;
        services.AddOptions<RetentionOptions>()
            .Bind(configuration.GetSection(RetentionOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        services.AddSingleton(_ => database.Retention());
        services.AddSingleton<RetentionJob>();
        services.AddHostedService(provider => provider.GetRequiredService<RetentionJob>());
        return silo;
    }
}
