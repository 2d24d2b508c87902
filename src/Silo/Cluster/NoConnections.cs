using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// For a silo that is alone in its cluster: it opens no socket, since no other node connects.
/// </summary>
internal sealed class NoConnections : IConnectionListenerFactory, IConnectionFactory
{
    /// <summary>
    /// Takes the place of Orleans' sockets. Their keys are internal to Orleans, so they are found by registration.
    /// </summary>
    public static void Replace(IServiceCollection services)
    {
        Replace<IConnectionListenerFactory>(services);
        Replace<IConnectionFactory>(services);
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(endpoint));

    public ValueTask<ConnectionContext> ConnectAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        throw new ConnectionAbortedException("A silo on SQLite is alone, and connects to no other.");

    private static void Replace<TFactory>(IServiceCollection services)
        where TFactory : class
    {
        var sockets = services
            .Where(service => service.IsKeyedService && service.ServiceType == typeof(TFactory))
            .ToList();
        if (sockets.Count == 0)
            throw new InvalidOperationException($"Orleans has no {typeof(TFactory).Name} whose place could be taken.");
        foreach (var socket in sockets)
        {
            services.Remove(socket);
            services.AddKeyedSingleton(socket.ServiceKey, (TFactory)(object)new NoConnections());
        }
    }

    private sealed class Listener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> unbound =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            new(unbound.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            unbound.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
