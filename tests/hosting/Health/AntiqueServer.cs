using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Canary.Hosting.Tests.Health;

/// <summary>A server that says its version in the handshake of its protocol, and can do no more: for versions that cannot be
/// had.</summary>
internal sealed class AntiqueServer : IAsyncDisposable
{
    private const byte MethodFrame = 1;
    private const byte Connection = 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    private AntiqueServer(Func<NetworkStream, CancellationToken, Task> talk)
    {
        _listener.Start();
        _serving = ServeAsync(talk);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>A broker: AMQP 0-9-1, sections 2.2.4 and 4.2 (frames), and the class "connection" of its reference.</summary>
    public static AntiqueServer Broker(string product, string version) =>
        new(
            async (stream, cancellation) =>
            {
                await ReadAsync(stream, 8, cancellation);
                var properties = Table(("product", product), ("version", version));
                // start
                await SendAsync(stream, 10, [0, 9, .. properties, .. Long("PLAIN"), .. Long("en_US")], cancellation);
                while (true)
                {
                    var head = await ReadAsync(stream, 7, cancellation);
                    var payload = await ReadAsync(
                        stream,
                        (int)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(3)) + 1,
                        cancellation
                    );
                    if (head[0] != MethodFrame)
                    {
                        continue;
                    }

                    if (payload[1] != Connection)
                    {
                        return;
                    }

                    switch (payload[3])
                    {
                        case 11: // start-ok: tune
                            await SendAsync(stream, 30, [0, 10, 0, 1, 0, 0, 0, 0], cancellation);
                            break;
                        case 40: // open: open-ok
                            await SendAsync(stream, 41, [0], cancellation);
                            break;
                        case 50: // close: close-ok
                            await SendAsync(stream, 51, [], cancellation);
                            break;
                        default:
                            break;
                    }
                }
            }
        );

    /// <summary>A database server: "Frontend/Backend Protocol" of PostgreSQL's documentation, start-up.</summary>
    public static AntiqueServer Database(string version) =>
        new(
            async (stream, cancellation) =>
            {
                // A start-up message has no type, only its length; one of encryption is refused with an N.
                while (true)
                {
                    var length = BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(stream, 4, cancellation));
                    var startup = await ReadAsync(stream, length - 4, cancellation);
                    if (BinaryPrimitives.ReadInt32BigEndian(startup) == 3 << 16)
                    {
                        break;
                    }

                    await stream.WriteAsync("N"u8.ToArray(), cancellation);
                }

                await stream.WriteAsync(Message('R', [0, 0, 0, 0]), cancellation);
                foreach (
                    var (name, value) in new[]
                    {
                        ("server_version", version),
                        ("server_encoding", "UTF8"),
                        ("client_encoding", "UTF8"),
                    }
                )
                {
                    await stream.WriteAsync(Message('S', Encoding.UTF8.GetBytes($"{name}\0{value}\0")), cancellation);
                }

                await stream.WriteAsync(Message('Z', "I"u8.ToArray()), cancellation);
                await ReadAsync(stream, 1, cancellation);
            }
        );

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stopping.Dispose();
    }

    private async Task ServeAsync(Func<NetworkStream, CancellationToken, Task> talk)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await talk(client.GetStream(), _stopping.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
            {
                // The other side has gone, or the test has.
            }
        }
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, int length, CancellationToken cancellation)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }

    /// <summary>Sends a method of the class "connection", on channel 0.</summary>
    private static async Task SendAsync(
        NetworkStream stream,
        byte method,
        byte[] arguments,
        CancellationToken cancellation
    ) =>
        await stream.WriteAsync(
            new byte[] { MethodFrame, 0, 0 }
                .Concat(Number(arguments.Length + 4))
                .Concat(new byte[] { 0, Connection, 0, method })
                .Concat(arguments)
                .Append((byte)0xCE)
                .ToArray(),
            cancellation
        );

    private static byte[] Table(params (string Name, string Value)[] fields)
    {
        var body = fields
            .SelectMany(field =>
                new[] { (byte)field.Name.Length }
                    .Concat(Encoding.UTF8.GetBytes(field.Name))
                    .Append((byte)'S')
                    .Concat(Long(field.Value))
            )
            .ToArray();
        return [.. Number(body.Length), .. body];
    }

    private static byte[] Long(string text) => [.. Number(text.Length), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Message(char type, byte[] body) => [(byte)type, .. Number(body.Length + 4), .. body];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
