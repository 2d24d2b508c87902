using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Bleepay.Tests.Harness;

/// <summary>The web server of a shop, with the pages that a test gives it.</summary>
internal sealed class Shop : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentDictionary<string, Sent> files = new();

    private Shop(string url)
    {
        Url = url;
        listener.Prefixes.Add(url);
        listener.Start();
        _ = Answer();
    }

    /// <summary>With a slash at its end.</summary>
    public string Url { get; }

    /// <summary>The address without the slash, as a browser sends it in <c>Origin</c>.</summary>
    public string Origin => Url.TrimEnd('/');

    /// <param name="host">A name of this machine's loopback.</param>
    public static Shop On(string host) => new($"http://{host}:{FreePort.Several(1)[0]}/");

    /// <summary>Adds a file under a new path.</summary>
    /// <returns>The file's URL.</returns>
    public string Add(
        string text, IReadOnlyDictionary<string, string>? headers = null, string contentType = "text/html")
    {
        var path = $"{Guid.NewGuid():N}";
        files["/" + path] = new(text, contentType, headers ?? new Dictionary<string, string>());
        return Url + path;
    }

    public void Dispose() => listener.Close();

    private async Task Answer()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                if (files.TryGetValue(context.Request.Url!.AbsolutePath, out var file))
                {
                    context.Response.ContentType = $"{file.ContentType}; charset=utf-8";
                    foreach (var (name, value) in file.Headers) context.Response.AddHeader(name, value);
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(file.Text));
                }
                else
                {
                    // A browser always asks for an icon, and reports in the console that it is missing.
                    var isIcon = context.Request.Url.AbsolutePath == "/favicon.ico";
                    context.Response.StatusCode = (int)(isIcon ? HttpStatusCode.NoContent : HttpStatusCode.NotFound);
                }

                context.Response.Close();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private sealed record Sent(string Text, string ContentType, IReadOnlyDictionary<string, string> Headers);
}
