using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Canary.Machines.Ssh;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Where the runtime API of an instance listens.</summary>
/// <param name="Text">As the configuration has it; the name of the instance for people, and in the store.</param>
internal abstract partial record RuntimeAddress(string Text)
{
    /// <summary>Longest path of a socket: unix(7).</summary>
    private const int LongestPath = 107;

    /// <summary>A port, or a socket of this machine.</summary>
    internal sealed record Local(string Text, EndPoint EndPoint) : RuntimeAddress(Text);

    /// <summary>A socket of a machine that is reached over SSH.</summary>
    internal sealed record Remote(string Text, SshTarget Machine, string Path) : RuntimeAddress(Text);

    public static bool TryParse(string text, [NotNullWhen(true)] out RuntimeAddress? address)
    {
        address = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? Of(text, uri) : null;
        return address is not null;
    }

    private static RuntimeAddress? Of(string text, Uri uri) =>
        uri switch
        {
            { Query.Length: > 0 } or { Fragment.Length: > 0 } => null,
            { Scheme: "ssh", Host.Length: > 0, AbsolutePath.Length: <= LongestPath }
                when PlainPath().IsMatch(uri.AbsolutePath)
                    && (uri.UserInfo.Length == 0 || SshRules.UserName().IsMatch(uri.UserInfo)) => new Remote(
                text,
                new SshTarget(uri.Host, uri.IdnHost, AccessOf(uri)),
                uri.AbsolutePath
            ),
            { UserInfo.Length: > 0 } => null,
            { Scheme: "tcp", Host.Length: > 0, Port: > 0, AbsolutePath: "" or "/" } => new Local(
                text,
                new DnsEndPoint(uri.IdnHost, uri.Port)
            ),
            { Scheme: "unix", Host.Length: 0, AbsolutePath.Length: > 1 and <= LongestPath } => new Local(
                text,
                new UnixDomainSocketEndPoint(Uri.UnescapeDataString(uri.AbsolutePath))
            ),
            _ => null,
        };

    private static SshAccess AccessOf(Uri uri) =>
        new()
        {
            Port = uri.Port > 0 ? uri.Port : SshAccess.DefaultPort,
            User = uri.UserInfo.Length > 0 ? uri.UserInfo : null,
        };

    /// <summary>What no shell takes for anything else.</summary>
    [GeneratedRegex(@"\A(/[A-Za-z0-9._@+-]+)+\z")]
    private static partial Regex PlainPath();
}
