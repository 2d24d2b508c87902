using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Everything that services of this test run log, at every level, in one folder; and every secret that the
/// tests have used, so that the one can be searched for the other.
/// </summary>
internal static class TestLog
{
    private static readonly ConcurrentDictionary<string, byte> Secrets = new();
    private static readonly Lock SecretsGate = new();

    /// <summary><c>TEST_LOG_FOLDER</c>, or a folder beside the test assembly.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(
        Environment.GetEnvironmentVariable("TEST_LOG_FOLDER")
        ?? Path.Combine(AppContext.BaseDirectory, "logs")).FullName;

    /// <summary>Where <c>.ci/run</c> finds what must be in no log.</summary>
    public static string SecretsFile { get; } = Path.Combine(Folder, "secrets.txt");

    /// <summary>Records a secret or token that a service has received or returned.</summary>
    public static string Remember(string secret)
    {
        if (!Secrets.TryAdd(secret, 0)) return secret;
        lock (SecretsGate) File.AppendAllText(SecretsFile, secret + Environment.NewLine);
        return secret;
    }

    /// <summary>Records the URLs of providers among settings: an API key is in the path of most.</summary>
    public static void RememberProviders(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        foreach (var (name, value) in settings)
            if (name.Contains("Rpc", StringComparison.Ordinal) && value is { Length: > 0 }) Remember(value);
    }

    /// <summary>The recorded secrets that a text contains.</summary>
    public static IReadOnlyList<string> SecretsIn(string text) => [.. Secrets.Keys.Where(text.Contains)];

    public static string NewFile(string name) => Path.Combine(Folder, $"{name}-{Guid.NewGuid():N}.log");
}

/// <summary>
/// Writes every log record, with its scopes and exception, into one file. It writes them in blocks: a service logs
/// hundreds of thousands of lines at the lowest level.
/// </summary>
internal sealed class FileLogger : ILoggerProvider, ILogger, ISupportExternalScope
{
    private readonly string path;
    private readonly StreamWriter file;
    private readonly Lock gate = new();
    private IExternalScopeProvider? scopes;
    private bool isClosed;

    public FileLogger(string path)
    {
        this.path = path;
        file = new(path);

        // The log of a host that a test did not stop is searched as well.
        AppDomain.CurrentDomain.ProcessExit += CloseAtExit;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => scopes?.Push(state);

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (gate)
        {
            if (isClosed) return;
            file.WriteLine($"{logLevel} {formatter(state, exception)} {exception}");
            scopes?.ForEachScope(static (scope, writer) => writer.WriteLine($"  in {scope}"), file);
        }
    }

    /// <summary>Everything written so far, also after the end.</summary>
    public string ReadAll()
    {
        lock (gate)
        {
            if (!isClosed) file.Flush();
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= CloseAtExit;
        lock (gate)
        {
            isClosed = true;
            file.Dispose();
        }
    }

    private void CloseAtExit(object? sender, EventArgs ending) => Dispose();
}
