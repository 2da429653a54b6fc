using System.Net;
using System.Net.Sockets;

namespace Canary.Packages.Tests;

/// <summary>Leads machines to a server that listens on the loopback address of this one, by the same port.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _accepting;

    /// <param name="address">Address that machines know this one by.</param>
    /// <param name="port">The port.</param>
    public Door(IPAddress address, int port)
    {
        _listener = new TcpListener(address, port);
        _listener.Start();
        _accepting = AcceptAsync(port);
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _closed.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        List<Task> passing = [];
        try
        {
            while (true)
            {
                passing.Add(PassAsync(await _listener.AcceptTcpClientAsync(_closed.Token), port));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(TcpClient outside, int port)
    {
        using (outside)
        using (var inside = new TcpClient())
        {
            try
            {
                await inside.ConnectAsync(IPAddress.Loopback, port, _closed.Token);
                await Task.WhenAll(CopyAsync(outside.GetStream(), inside), CopyAsync(inside.GetStream(), outside));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One of the two has ended it.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, TcpClient to)
    {
        await from.CopyToAsync(to.GetStream(), _closed.Token);
        to.Client.Shutdown(SocketShutdown.Send);
    }
}
