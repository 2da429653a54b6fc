using System.Text;
using Canary.Failures;

namespace Canary.Packager.Placement;

/// <summary>Paths on a host that a package may have something at.</summary>
internal static class HostPath
{
    /// <summary>In bytes, as Linux has it (PATH_MAX).</summary>
    public const int Longest = 4095;

    private const int LongestName = 255;

    /// <summary>What is made anew at every start, or belongs to people and not to packages (Policy 9.1, FHS 3.0).</summary>
    private static readonly string[] NotForPackages =
    [
        "/dev",
        "/home",
        "/lost+found",
        "/media",
        "/mnt",
        "/proc",
        "/root",
        "/run",
        "/sys",
        "/tmp",
        "/usr/local",
        "/var/lib/apt",
        "/var/lib/dpkg",
        "/var/lock",
        "/var/run",
        "/var/tmp",
    ];

    /// <summary>Directories that other packages have things in.</summary>
    private static readonly HashSet<string> OfAll = new(StringComparer.Ordinal)
    {
        "/boot",
        "/etc",
        "/etc/alternatives",
        "/etc/apt",
        "/etc/apt/apt.conf.d",
        "/etc/apt/keyrings",
        "/etc/apt/preferences.d",
        "/etc/apt/sources.list.d",
        "/etc/cron.d",
        "/etc/cron.daily",
        "/etc/cron.hourly",
        "/etc/cron.monthly",
        "/etc/cron.weekly",
        "/etc/default",
        "/etc/init.d",
        "/etc/logrotate.d",
        "/etc/nginx",
        "/etc/nginx/conf.d",
        "/etc/nginx/sites-available",
        "/etc/nginx/sites-enabled",
        "/etc/pam.d",
        "/etc/profile.d",
        "/etc/security",
        "/etc/ssh",
        "/etc/ssh/sshd_config.d",
        "/etc/ssl",
        "/etc/ssl/certs",
        "/etc/ssl/private",
        "/etc/sudoers.d",
        "/etc/sysctl.d",
        "/etc/systemd",
        "/etc/systemd/system",
        "/etc/tmpfiles.d",
        "/etc/udev",
        "/etc/udev/rules.d",
        "/opt",
        "/srv",
        "/usr",
        "/usr/bin",
        "/usr/games",
        "/usr/include",
        "/usr/lib",
        "/usr/lib/systemd",
        "/usr/lib/systemd/system",
        "/usr/lib/sysusers.d",
        "/usr/lib/tmpfiles.d",
        "/usr/libexec",
        "/usr/sbin",
        "/usr/share",
        "/usr/share/applications",
        "/usr/share/bash-completion",
        "/usr/share/bash-completion/completions",
        "/usr/share/doc",
        "/usr/share/icons",
        "/usr/share/keyrings",
        "/usr/share/locale",
        "/usr/share/man",
        "/usr/share/man/man1",
        "/usr/share/man/man5",
        "/usr/share/man/man8",
        "/usr/src",
        "/var",
        "/var/backups",
        "/var/cache",
        "/var/lib",
        "/var/log",
        "/var/mail",
        "/var/opt",
        "/var/spool",
        "/var/spool/cron",
        "/var/www",
    };

    /// <summary>Files of the host itself that no package owns, so dpkg would replace them without a word.</summary>
    private static readonly string[] OfTheHost =
    [
        "/etc/apt/sources.list",
        "/etc/environment",
        "/etc/fstab",
        "/etc/group",
        "/etc/gshadow",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/machine-id",
        "/etc/nsswitch.conf",
        "/etc/passwd",
        "/etc/profile",
        "/etc/resolv.conf",
        "/etc/shadow",
        "/etc/ssh/sshd_config",
        "/etc/subgid",
        "/etc/subuid",
    ];

    /// <summary>Reads a path; a final slash is kept.</summary>
    /// <exception cref="CanaryException">No package may have anything there.</exception>
    public static string Read(TextNode node, string key)
    {
        var names = node.Text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (
            !node.Text.StartsWith('/')
            || names.Length < (node.Text.EndsWith('/') ? 1 : 2)
            || Encoding.UTF8.GetByteCount(node.Text) > Longest
            || names.Any(name =>
                name is "." or ".." || Encoding.UTF8.GetByteCount(name) > LongestName || name.Any(char.IsControl)
            )
        )
        {
            throw node.Invalid(
                key,
                "is no absolute path on a host",
                "Write it whole, with two names at least and without `..`, such as `/etc/shop/shop.ini`."
            );
        }

        var path = "/" + string.Join('/', names);
        return Fault(path) is { } fault ? throw node.Invalid(key, fault.What, fault.Remedy)
            : node.Text.EndsWith('/') ? path + "/"
            : path;
    }

    /// <summary>Why no package may have anything at a path; <c>null</c> if one may.</summary>
    /// <param name="path">Absolute, without a final slash.</param>
    public static (string What, string Remedy)? Fault(string path)
    {
        var first = path.Split('/')[1];
        if (first is "bin" or "sbin" || first.StartsWith("lib", StringComparison.Ordinal))
        {
            return ("goes through a link: Debian keeps such files below /usr", $"Write `/usr{path}`.");
        }

        if (
            NotForPackages.FirstOrDefault(place =>
                path == place || path.StartsWith($"{place}/", StringComparison.Ordinal)
            ) is
            { } place
        )
        {
            return (
                $"is in {place}, where packages have nothing",
                "Choose another place, such as /etc, /usr/share, /var/lib or /opt, or make it on the host in script/post-inst."
            );
        }

        return OfTheHost.Contains(path, StringComparer.Ordinal)
            ? (
                "is a file of the host itself, which an installation would replace",
                "Leave it out, or change it in script/post-inst."
            )
            : null;
    }

    /// <summary>Whether a directory is not one application's alone, which is no place for a file or link, and has no other owner or
    /// mode.</summary>
    /// <param name="path">Absolute, without a final slash.</param>
    public static bool IsOfAll(string path) => OfAll.Contains(path);

    /// <summary>How a link at one path says another one: relatively, so that it is right below any root.</summary>
    /// <param name="link">Path below the root of the link, without a leading slash.</param>
    /// <param name="target">Absolute, or relative to the link's directory.</param>
    public static string TargetFrom(string link, string target)
    {
        if (!target.StartsWith('/'))
        {
            return target;
        }

        var from = link.Split('/')[..^1];
        var to = target.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var common = from.Zip(to).TakeWhile(pair => pair.First == pair.Second).Count();
        return string.Join('/', [.. Enumerable.Repeat("..", from.Length - common), .. to[common..]]);
    }
}
