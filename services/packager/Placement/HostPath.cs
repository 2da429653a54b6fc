using System.Text;
using Canary.Failures;
using Canary.Packager.Metadata;

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

    /// <summary>Files of the host itself that no package owns, so dpkg would replace them without a word.</summary>
    private static readonly string[] OfTheHost =
    [
        "/etc/fstab",
        "/etc/group",
        "/etc/gshadow",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/machine-id",
        "/etc/passwd",
        "/etc/resolv.conf",
        "/etc/shadow",
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
        if (names[0] is "bin" or "sbin" || names[0].StartsWith("lib", StringComparison.Ordinal))
        {
            throw node.Invalid(key, "goes through a link: Debian keeps such files below /usr", $"Write `/usr{path}`.");
        }

        if (
            NotForPackages.FirstOrDefault(place =>
                path == place || path.StartsWith($"{place}/", StringComparison.Ordinal)
            ) is
            { } place
        )
        {
            throw node.Invalid(
                key,
                $"is in {place}, where packages have nothing",
                "Choose another place, such as /etc, /usr/share, /var/lib or /opt, or make it on the host in script/post-inst."
            );
        }

        return OfTheHost.Contains(path, StringComparer.Ordinal)
                ? throw node.Invalid(
                    key,
                    "is a file of the host itself, which an installation would replace",
                    "Leave it out, or change it in script/post-inst."
                )
            : node.Text.EndsWith('/') ? path + "/"
            : path;
    }

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
