using System.Net;
using System.Net.Sockets;

namespace Canary.Testing;

/// <summary>Ports for servers that cannot be told to take port 0 themselves, which is always the better way.</summary>
public static class FreePort
{
    private static readonly HashSet<int> Given = [];

    private static readonly Lock Gate = new();

    /// <summary>A TCP port on 127.0.0.1 that nothing listens on, and that this process was not given before.</summary>
    public static int Next()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (Gate)
            {
                if (Given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
