using Bleepay.Silo.Storage;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Ops;

/// <summary>Gives a silo the socket of the operator's commands.</summary>
internal static class OpsHost
{
    public static void AddOps(this IServiceCollection services, IConfiguration configuration, IDatabase database)
    {
        services.AddOptions<OpsOptions>().Bind(configuration.GetSection(OpsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OpsOptions>, OpsOptionsValidator>();
        services.AddSingleton(new OpsSocket(OpsOptions.SocketOf(configuration, database)));
        services.AddSingleton<OpsActions>();
        services.AddHostedService<OpsServer>();
    }
}
