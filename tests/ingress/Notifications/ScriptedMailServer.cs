using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Canary.Ingress.Tests.Notifications;

/// <summary>A mail server that answers as it is told to where a real one would not: a command and its answer in turn, as RFC 5321 has
/// it.</summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private int _taken;

    public ScriptedMailServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Taken => _taken;

    /// <summary>What a command is answered instead of what a server that is well says; <c>null</c>: that.</summary>
    public Func<string, string?> Answers { get; set; } = _ => null;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                await ServeAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await using var writer = new StreamWriter(stream, new UTF8Encoding(false))
            {
                NewLine = "\r\n",
                AutoFlush = true,
            };
            await writer.WriteLineAsync(Answers("CONNECT") ?? "220 mail.example.org");
            while (await reader.ReadLineAsync(_end.Token) is { } command)
            {
                var word = command.Split(' ')[0].ToUpperInvariant();
                var answer = Answers(word) ?? Usual(word);
                await writer.WriteLineAsync(answer);
                if (answer.StartsWith("354", StringComparison.Ordinal))
                {
                    while (await reader.ReadLineAsync(_end.Token) is not (null or ".")) { }

                    Interlocked.Increment(ref _taken);
                    await writer.WriteLineAsync("250 taken");
                }
            }
        }
        catch (IOException)
        {
            // The client has hung up.
        }
    }

    private static string Usual(string word) =>
        word switch
        {
            "EHLO" => "250-mail.example.org\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
}
