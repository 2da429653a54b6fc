using System.Net.Sockets;
using System.Text;

namespace Canary.AllInOne;

/// <summary>Tells systemd that the server is ready, and that it stops, where systemd has started it (sd_notify(3)).</summary>
internal static class ServiceManager
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Tells as long as the server lives.</summary>
    public static void NotifyFor(WebApplication app)
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is not { Length: > 1 } socket)
        {
            return;
        }

        app.Lifetime.ApplicationStarted.Register(() => Send(socket, "READY=1"));
        app.Lifetime.ApplicationStopping.Register(() => Send(socket, "STOPPING=1"));
    }

    private static void Send(string path, string state)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        // In the abstract namespace the name begins with a zero byte, which is written as @.
        socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        socket.Send(Encoding.UTF8.GetBytes(state));
    }
}
