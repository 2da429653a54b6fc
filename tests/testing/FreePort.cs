using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Canary.Testing;

/// <summary>
/// Ports for servers that cannot be told to take port 0 themselves, which is always the better way. They stay free while a
/// server is down: the system gives none of them to an outgoing connection, and no other test program is given one of them.
/// </summary>
public static class FreePort
{
    /// <summary>What a program calls the machine that it runs on.</summary>
    public const string Host = "127.0.0.1";

    private const int First = 10240;

    /// <summary>Where those begin that Linux gives to outgoing connections.</summary>
    private const int End = 32768;

    /// <summary>An address that no server of a test listens on: a port that is taken there is somebody's.</summary>
    private static readonly IPAddress Reservations = IPAddress.Parse("127.0.0.2");

    private static readonly List<Socket> Held = [];

    private static readonly Lock Gate = new();

    /// <summary>The address to listen on for whoever calls this machine by a name: all of its addresses, unless it is the usual one.</summary>
    public static string Listen(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"http://{(host == Host ? host : "*")}:{port}");

    /// <summary>A TCP port on 127.0.0.1 that nothing listens on, and that no test program was given before.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (TryBind(SocketType.Dgram, Reservations, port) is not { } reservation)
            {
                continue;
            }

            using var probe = TryBind(SocketType.Stream, IPAddress.Loopback, port);
            if (probe is null)
            {
                reservation.Dispose();
                continue;
            }

            lock (Gate)
            {
                Held.Add(reservation);
            }

            return port;
        }
    }

    private static Socket? TryBind(SocketType type, IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
