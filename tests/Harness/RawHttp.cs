using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bleepay.Tests.Harness;

/// <summary>Requests that no client library would send.</summary>
internal static class RawHttp
{
    /// <summary>Posts JSON over HTTP/1.0, whose answers end with the connection.</summary>
    /// <param name="headers">Header lines as they are to be sent, in UTF-8.</param>
    public static async Task<(HttpStatusCode Status, string Body)> Post(
        Uri service, string path, string body, params string[] headers)
    {
        var lines = string.Concat(headers.Select(header => header + "\r\n"));
        var content = Encoding.UTF8.GetBytes(body);
        var head = Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.0\r\nHost: {service.Authority}\r\nContent-Type: application/json\r\n" +
            $"Content-Length: {content.Length}\r\n{lines}\r\n");

        using var client = new TcpClient();
        await client.ConnectAsync(service.Host, service.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(head);
        await stream.WriteAsync(content);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync();

        var status = (HttpStatusCode)int.Parse(answer.Split(' ')[1], null);
        return (status, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }
}
