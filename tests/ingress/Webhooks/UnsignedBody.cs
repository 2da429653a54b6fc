using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>A webhook of somebody without the secret, over a connection of its own: its headers are sent, its body is at the test's
/// pace.</summary>
internal sealed class UnsignedBody : IDisposable
{
    /// <summary>Looks like a signature.</summary>
    public const string Forged = "sha256=0000000000000000000000000000000000000000000000000000000000000000";

    public static readonly string[] AllHeaders =
    [
        $"X-Hub-Signature-256: {Forged}",
        "X-GitHub-Event: push",
        "X-GitHub-Delivery: 3a1c",
    ];

    private readonly TcpClient _client;

    private UnsignedBody(TcpClient client) => _client = client;

    /// <summary>Sends all headers that a webhook needs, and more.</summary>
    public static Task<UnsignedBody> BeginAsync(Uri server, params string[] more) =>
        SendAsync(server, $"{Head([.. AllHeaders, .. more])}\r\n");

    public static string Head(params string[] headers) =>
        string.Concat(
            ((string[])["POST /webhooks/github HTTP/1.1", "Host: canary", .. headers]).Select(line => line + "\r\n")
        );

    /// <summary>Sends the beginning of a request, and leaves the connection open.</summary>
    public static async Task<UnsignedBody> SendAsync(Uri server, string text)
    {
        var body = new UnsignedBody(new TcpClient());
        await body._client.ConnectAsync(IPAddress.Loopback, server.Port);
        await body.SendAsync(Encoding.ASCII.GetBytes(text));
        return body;
    }

    public async Task SendAsync(byte[] bytes) => await _client.GetStream().WriteAsync(bytes);

    /// <summary>The status line and the headers of the answer.</summary>
    public async Task<string> AnswerAsync()
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.ASCII, leaveOpen: true);
        var lines = new StringBuilder();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            lines.Append(line).Append('\n');
        }

        return lines.ToString();
    }

    public void Dispose() => _client.Dispose();
}
