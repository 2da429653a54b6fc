using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Canary.Testing;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>An application on a host, as hard as one can be: while it restarts it refuses connections, and whatever it was answering is
/// cut off.</summary>
internal sealed class ShopServer : IAsyncDisposable
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(40);

    private readonly ConcurrentDictionary<Socket, bool> _connections = [];
    private Socket? _listener;
    private int _waiting;
    private Task _accepting = Task.CompletedTask;

    public ShopServer() => Start();

    public int Port { get; } = FreePort.Next();

    /// <summary>What it answers.</summary>
    public string Answer { get; init; } = "ok";

    /// <summary>What it waits for before it answers.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>How many requests it has not answered.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Start()
    {
        _listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    public async Task StopAsync()
    {
        _listener?.Dispose();
        await _accepting;
        foreach (var connection in _connections.Keys)
        {
            connection.Close(timeout: 0);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync();
                _connections[connection] = true;
                _ = ServeAsync(connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has stopped.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            var buffer = new byte[4096];
            var request = "";
            while (await connection.ReceiveAsync(buffer) is > 0 and var count)
            {
                request += Encoding.ASCII.GetString(buffer, 0, count);
                if (request.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    var isCheck = request.StartsWith("GET /health ", StringComparison.Ordinal);
                    request = "";
                    await WorkAsync(isCheck);
                    await connection.SendAsync(
                        Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}")
                    );
                    Interlocked.Add(ref _waiting, isCheck ? 0 : -1);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut off.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            connection.Dispose();
        }
    }

    /// <summary>Whoever checks whether it is there is answered at once.</summary>
    private async Task WorkAsync(bool isCheck)
    {
        if (!isCheck)
        {
            Interlocked.Increment(ref _waiting);
            await Gate;
            await Task.Delay(Work, TimeProvider.System);
        }
    }
}
