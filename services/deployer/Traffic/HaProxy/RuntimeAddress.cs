using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Where the runtime API of an instance listens.</summary>
/// <param name="Text">As the configuration has it; the name of the instance for people, and in the store.</param>
/// <param name="EndPoint">The same for sockets.</param>
internal sealed record RuntimeAddress(string Text, EndPoint EndPoint)
{
    /// <summary>Longest path of a socket: unix(7).</summary>
    private const int LongestPath = 107;

    public static bool TryParse(string text, [NotNullWhen(true)] out RuntimeAddress? address)
    {
        address = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? Of(text, uri) : null;
        return address is not null;
    }

    public async Task<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var socket =
            EndPoint is UnixDomainSocketEndPoint
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(EndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static RuntimeAddress? Of(string text, Uri uri) =>
        uri switch
        {
            { UserInfo.Length: > 0 } or { Query.Length: > 0 } or { Fragment.Length: > 0 } => null,
            { Scheme: "tcp", Host.Length: > 0, Port: > 0, AbsolutePath: "" or "/" } => new RuntimeAddress(
                text,
                new DnsEndPoint(uri.IdnHost, uri.Port)
            ),
            { Scheme: "unix", Host.Length: 0, AbsolutePath.Length: > 1 and <= LongestPath } => new RuntimeAddress(
                text,
                new UnixDomainSocketEndPoint(Uri.UnescapeDataString(uri.AbsolutePath))
            ),
            _ => null,
        };
}
