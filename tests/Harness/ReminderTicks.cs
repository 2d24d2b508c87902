using System.Collections.Concurrent;

namespace Bleepay.Tests.Harness;

/// <summary>Records every reminder that a grain was called with, and its outcome.</summary>
internal sealed class ReminderTicks : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> handled = new();

    /// <summary>Ends when the grain of this key has done all that its first reminder made it do.</summary>
    public Task Handled(string key) => Of(key).Task;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.InterfaceMethod.Name == nameof(IRemindable.ReceiveReminder))
            Of(context.TargetId.Key.ToString()!).TrySetResult();
    }

    private TaskCompletionSource Of(string key) =>
        handled.GetOrAdd(key, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
