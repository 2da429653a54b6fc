using System.Net;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Canary.Machines.Ssh;

/// <summary>The way to a machine through a jump host: a port of this machine, since SSH.NET connects to nothing else. Each connection is
/// announced; who else finds the port is refused.</summary>
internal sealed class SshWay : IDisposable
{
    private readonly SshClient _jump;
    private readonly ForwardedPortLocal _port;
    private int _announced;

    public SshWay(SshClient jump, SshTarget target)
    {
        _jump = jump;
        _port = new ForwardedPortLocal(IPAddress.Loopback.ToString(), 0, target.Address, (uint)target.Access.Port);
        _port.RequestReceived += (_, _) => Admit();
        _port.Exception += (_, failure) => Failure = failure.Exception;
        SshThreads.Reserve(1);
        try
        {
            lock (_jump)
            {
                _jump.AddForwardedPort(_port);
            }

            _port.Start();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Address => _port.BoundHost;

    public int Port => (int)_port.BoundPort;

    /// <summary>Why the jump host did not connect.</summary>
    public Exception? Failure { get; private set; }

    public void Announce()
    {
        Failure = null;
        Interlocked.Increment(ref _announced);
    }

    public void Dispose()
    {
        try
        {
            lock (_jump)
            {
                _jump.RemoveForwardedPort(_port);
            }
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // The jump host is gone, and the port with it.
        }

        _port.Dispose();
        SshThreads.Release(1);
    }

    private void Admit()
    {
        if (Interlocked.Decrement(ref _announced) < 0)
        {
            Interlocked.Increment(ref _announced);
            throw new SshConnectionException("nobody of this program connects at this time");
        }
    }
}
