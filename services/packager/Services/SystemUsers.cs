using System.Text;
using System.Text.RegularExpressions;
using Canary.Packager.MaintainerScripts;

namespace Canary.Packager.Services;

/// <summary>The system users and groups that a package's services run as. They are made where they are not there, and stay for good:
/// files that they own may be anywhere.</summary>
internal sealed partial class SystemUsers
{
    private const string Root = "root";

    private readonly SortedDictionary<string, string> _users = new(StringComparer.Ordinal);

    private readonly SortedSet<string> _groups = new(StringComparer.Ordinal);

    public bool IsEmpty => _users.Count == 0 && _groups.Count == 0;

    /// <summary>Adds a user and a group; numbers, specifiers and root need not be made.</summary>
    public void Add(string? user, string? group, string home)
    {
        if (IsMade(user))
        {
            _users.TryAdd(user!, home);
        }

        if (IsMade(group))
        {
            _groups.Add(group!);
        }
    }

    /// <summary>In the form of sysusers.d(5).</summary>
    public string Text(string package)
    {
        var text = new StringBuilder("# Made by Canary.\n");
        foreach (var group in _groups.Where(group => !_users.ContainsKey(group)))
        {
            text.Append("g ").Append(group).Append(" -\n");
        }

        foreach (var (user, home) in _users)
        {
            text.Append("u ").Append(user).Append(" - \"").Append(package).Append("\" ").Append(home).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Makes them on a host, without systemd as well.</summary>
    public string Script(string file)
    {
        var text = new StringBuilder(
            $$"""
            # System users.
            case "$1" in
            configure | abort-upgrade | abort-remove | abort-deconfigure)
              if command -v systemd-sysusers >/dev/null; then
                systemd-sysusers ${DPKG_ROOT:+"--root=$DPKG_ROOT"} {{Shell.Quote(file)}}
              else

            """
        );
        const string inRoot = "${DPKG_ROOT:+--prefix \"$DPKG_ROOT\"}";
        const string passwd = "\"${DPKG_ROOT:-}/etc/passwd\"";
        const string group = "\"${DPKG_ROOT:-}/etc/group\"";
        foreach (var name in _groups.Union(_users.Keys).Order(StringComparer.Ordinal))
        {
            text.Append($"    grep -qs '^{name}:' {group} || groupadd {inRoot} --system {name}\n");
        }

        foreach (var (user, home) in _users)
        {
            text.Append($"    grep -qs '^{user}:' {passwd} || useradd {inRoot} --system --gid {user}")
                .Append($" --home-dir {home} --no-create-home --shell /usr/sbin/nologin {user}\n");
        }

        return text.Append("  fi\n  ;;\nesac\n").ToString();
    }

    private static bool IsMade(string? name) => name is not null && name != Root && Name().IsMatch(name);

    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,30}\z")]
    private static partial Regex Name();
}
