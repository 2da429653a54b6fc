using System.Net;
using System.Net.Sockets;
using Canary.Failures;

namespace Canary.Consul;

/// <summary>Where a host is, for those who find it in Consul and for the agent that checks it.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Address">Address; <c>null</c>: that of the agent's node.</param>
/// <param name="Port">Port.</param>
/// <param name="Check">What the agent asks.</param>
/// <param name="ListeningPort">Port that the host itself listens on.</param>
internal sealed record ConsulPlace(string Scheme, string? Address, int Port, Uri Check, int ListeningPort)
{
    /// <summary>Finds out.</summary>
    /// <param name="listening">Address that the host listens on.</param>
    /// <param name="publicAddress">Address that others reach it by, if it is another one.</param>
    /// <param name="agent">The agent that it registers with.</param>
    /// <param name="towards">Own address as another machine sees it.</param>
    /// <exception cref="CanaryException">The name of the agent's machine is not known.</exception>
    public static ConsulPlace Of(Uri listening, Uri? publicAddress, Uri agent, Func<Uri, IPAddress>? towards = null)
    {
        var reached = publicAddress ?? listening;
        if (!IsAny(listening))
        {
            return new(reached.Scheme, HostOf(reached), reached.Port, listening, listening.Port);
        }

        // An agent on the same machine is the usual case: its node is where this host is, too.
        if (agent.IsLoopback)
        {
            return new(
                reached.Scheme,
                publicAddress is null ? null : HostOf(reached),
                reached.Port,
                With(listening, IPAddress.Loopback),
                listening.Port
            );
        }

        var own = With(listening, (towards ?? Towards)(agent));
        var seen = publicAddress ?? own;
        return new(seen.Scheme, HostOf(seen), seen.Port, own, listening.Port);
    }

    private static IPAddress Towards(Uri agent)
    {
        try
        {
            // Nothing is sent: connecting only chooses the way.
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(agent.DnsSafeHost, agent.Port);
            var own = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return own.IsIPv4MappedToIPv6 ? own.MapToIPv4() : own;
        }
        catch (SocketException exception)
        {
            throw new CanaryException(
                ConsulErrors.Unreachable,
                $"There is no way to Consul at {agent}: {exception.Message}",
                "See that hosting.consul.addresses names a machine that can be reached from here.",
                exception
            );
        }
    }

    private static Uri With(Uri listening, IPAddress address) =>
        new UriBuilder(listening) { Host = address.ToString() }.Uri;

    private static bool IsAny(Uri listening) =>
        IPAddress.TryParse(listening.DnsSafeHost, out var ip)
        && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));

    private static string HostOf(Uri address) => address.DnsSafeHost;
}
