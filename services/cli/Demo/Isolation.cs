using Canary.Cli.Local;

namespace Canary.Cli.Demo;

/// <summary>Whether this machine lets the scripts of a commit and simulated hosts be kept apart from it, before anything is made: the
/// demo has both.</summary>
internal static class Isolation
{
    private static readonly string[] Namespaces =
    [
        "--mount",
        "--ipc",
        "--uts",
        "--pid",
        "--fork",
        "--mount-proc",
        "true",
    ];

    private static readonly string[] OfAnOrdinaryUser = ["--user", "--map-root-user"];

    /// <exception cref="CliException">It does not; the remedy is one line.</exception>
    public static async Task RequireAsync(string? path, CancellationToken cancellation)
    {
        var program = Tool.Find("unshare", path) ?? "unshare";
        string[] arguments = Environment.IsPrivilegedProcess ? Namespaces : [.. OfAnOrdinaryUser, .. Namespaces];
        var trial = await Tool.TryRunAsync(program, arguments, cancellation);
        if (trial is { Succeeded: true })
        {
            return;
        }

        var reason = trial?.Error.Trim().Split('\n')[^1] ?? "there is no unshare";
        throw CliException.Usage(
            CliCodes.IsolationUnavailable,
            $"This machine does not let the demo's scripts and hosts be kept apart from it ({reason}).",
            "Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000 (on Debian "
                + "kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 as well)."
        );
    }
}
