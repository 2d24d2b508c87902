using Bleepay.Grains.Chains;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Chains;

/// <summary>Gives a silo the networks that it watches.</summary>
internal static class ChainHost
{
    public static ISiloBuilder AddChains(this ISiloBuilder silo, IConfiguration configuration)
    {
        var services = silo.Services;
        services.AddOptions<ChainsOptions>()
            .Configure(chains => chains.Bind(configuration.GetSection(ChainsOptions.Section)))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChainsOptions>, ChainsOptionsValidator>();
        services.AddSingleton<WatchedChains>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ChainWatch>();
        return silo;
    }
}
