using System.Globalization;

namespace Canary.Machines.Ssh;

/// <summary>Hosts that are passed through on the way to others.</summary>
public static class SshJump
{
    /// <summary>What is wrong with <c>[USER@]ADDRESS[:PORT]</c>.</summary>
    /// <returns>A sentence; <c>null</c>: nothing.</returns>
    public static string? ProblemWith(string text) =>
        TryParse(text) is null
            ? $"'{text}' is not a jump host: [USER@]ADDRESS[:PORT], an IPv6 address in brackets."
            : null;

    /// <summary>The last jump host before a machine; the others are before that one.</summary>
    /// <returns><c>null</c>: none.</returns>
    internal static SshTarget? Before(SshTarget target, SshLogin login)
    {
        ArgumentNullException.ThrowIfNull(target);

        var chain = target.Access.Jump ?? login.Jump;
        if (chain.Count == 0)
        {
            return null;
        }

        var jump =
            TryParse(chain[^1]) ?? throw new ArgumentException($"'{chain[^1]}' is not a jump host.", nameof(target));
        return jump with { Access = jump.Access with { Jump = [.. chain.SkipLast(1)] } };
    }

    private static SshTarget? TryParse(string text)
    {
        var at = text.LastIndexOf('@');
        var user = at < 0 ? null : text[..at];
        var place = text[(at + 1)..];
        var colon = place.StartsWith('[') || place.IndexOf(':') == place.LastIndexOf(':') ? place.LastIndexOf(':') : -1;
        if (colon < place.IndexOf(']'))
        {
            colon = -1;
        }

        var port = SshAccess.DefaultPort;
        var address = colon < 0 ? place : place[..colon];
        if (
            (user is not null && !SshRules.UserName().IsMatch(user))
            || (colon >= 0 && !IsPort(place[(colon + 1)..], out port))
            || Uri.CheckHostName(address) == UriHostNameType.Unknown
        )
        {
            return null;
        }

        return new SshTarget(text, address.Trim('[', ']'), new SshAccess { Port = port, User = user })
        {
            IsJump = true,
        };
    }

    private static bool IsPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535;
}
