using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Console;

/// <summary>The page on which a merchant's developers see their sessions, webhooks and unmatched payments.</summary>
internal static class ConsoleRoutes
{
    public const string Path = "/console";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void AddConsole(this IServiceCollection services, IConfiguration configuration) =>
        services.AddOptions<ConsoleOptions>().Bind(configuration.GetSection(ConsoleOptions.Section)).ValidateOnStart();

    /// <summary>Maps the page where it is enabled.</summary>
    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        var environment = app.ServiceProvider.GetRequiredService<IHostEnvironment>();
        var options = app.ServiceProvider.GetRequiredService<IOptions<ConsoleOptions>>().Value;
        if (!(options.Enabled ?? environment.IsDevelopment())) return;
        var page = new ConsolePage();
        app.MapMethods(Path, Reading, page.Send).ExcludeFromDescription();
    }
}
