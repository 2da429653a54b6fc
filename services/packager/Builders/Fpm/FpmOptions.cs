using System.ComponentModel.DataAnnotations;
using Canary.Machines.Ssh;

namespace Canary.Packager.Builders.Fpm;

/// <summary>Where FPM runs. Section <c>packager:fpm</c>.</summary>
public sealed class FpmOptions
{
    private static readonly TimeSpan ShortestTimeLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeLimit = TimeSpan.FromHours(6);
    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);

    /// <summary>Where FPM runs: <c>none</c> (no package is made by it), <c>local</c> (the program on the packager's machine), or <c>consul</c> (a build
    /// host found there), which needs <c>hosting.consul.addresses</c>. Default: <c>none</c>.</summary>
    public string Kind { get; set; } = FpmKind.None;

    /// <summary>The program on the packager's machine: an absolute path, or a name that is looked for in <c>/usr/local/bin</c>, <c>/usr/bin</c> and so
    /// on. Default: <c>fpm</c>.</summary>
    public string Program { get; set; } = "fpm";

    /// <summary>The service in Consul whose instances have FPM, as long as their checks pass. Default: <c>build-host</c>.</summary>
    public string Service { get; set; } = "build-host";

    /// <summary>Only instances of that service with this tag. Default: all.</summary>
    public string? Tag { get; set; }

    /// <summary>Longest time for one run of FPM, 1 second to 6 hours. Default: 10 minutes.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a package waits for a build host that can be used, before its release fails. Default: 5 minutes. 0 or
    /// longer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a build host may give no sign of life before FPM is run on another, 4 seconds to 1 hour. Default: 1
    /// minute.</summary>
    public TimeSpan Silence { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a build host that could not be used is left out. Default: 15 seconds. 0 or longer.</summary>
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How the packager logs in there.</summary>
    public FpmSshOptions Ssh { get; set; } = new();

    internal bool IsUsed => !FpmKind.None.Equals(Kind, StringComparison.OrdinalIgnoreCase);

    internal IEnumerable<ValidationResult> Faults(string option)
    {
        if (Program.Length == 0 || (Program.Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(Program)))
        {
            yield return Fault(nameof(Program), $"'{Program}' is neither a name nor an absolute path.");
        }

        if (Service.Length == 0)
        {
            yield return Fault(nameof(Service), "It is the name of a service, and not empty.");
        }

        if (Tag is { } tag && (tag.Length == 0 || tag.Contains('`', StringComparison.Ordinal)))
        {
            yield return Fault(nameof(Tag), $"'{tag}' is not a tag: it is empty or holds a backtick.");
        }

        if (TimeLimit < ShortestTimeLimit || TimeLimit > LongestTimeLimit)
        {
            yield return Fault(nameof(TimeLimit), $"{TimeLimit} is not between 1 second and 6 hours.");
        }

        if (Patience < TimeSpan.Zero)
        {
            yield return Fault(nameof(Patience), $"{Patience} is negative.");
        }

        if (Rest < TimeSpan.Zero)
        {
            yield return Fault(nameof(Rest), $"{Rest} is negative.");
        }

        if (Silence < ShortestSilence || Silence > LongestSilence)
        {
            yield return Fault(nameof(Silence), $"{Silence} is not between 4 seconds and 1 hour.");
        }

        if (Ssh.ConnectTimeout <= TimeSpan.Zero)
        {
            yield return Fault(
                $"{nameof(Ssh)}.{nameof(Ssh.ConnectTimeout)}",
                $"{Ssh.ConnectTimeout} is no time at all."
            );
        }

        if (!SshRules.UserName().IsMatch(Ssh.User))
        {
            yield return Fault($"{nameof(Ssh)}.{nameof(Ssh.User)}", $"'{Ssh.User}' is not the name of a user.");
        }

        ValidationResult Fault(string name, string fault) => new(fault, [$"{option}.{name}"]);
    }
}

/// <summary>Where FPM can run.</summary>
internal static class FpmKind
{
    /// <summary>Nowhere.</summary>
    public const string None = "none";

    /// <summary>On the packager's machine.</summary>
    public const string Local = "local";

    /// <summary>On build hosts that Consul has.</summary>
    public const string Consul = "consul";
}

/// <summary>How the packager logs in to build hosts, as a user who may run nothing but <c>canary-fpm</c>.</summary>
public sealed class FpmSshOptions
{
    /// <summary>User on the build hosts. Default: <c>canary-fpm</c>.</summary>
    public string User { get; set; } = "canary-fpm";

    /// <summary>Private key that the packager logs in with, in OpenSSH's format, without a passphrase. Default: <c>ssh/id_ed25519</c> in the
    /// packager's data directory, made at the first start; its public half lies beside it, with <c>.pub</c>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Keys of the build hosts whose metadata in Consul names none, in the format of OpenSSH's <c>known_hosts</c>. Default:
    /// <c>ssh/known_hosts</c> in the packager's data directory.</summary>
    public string? KnownHostsFile { get; set; }

    /// <summary>Whether the key of a build host that nobody vouches for is taken as it is at the first login, and kept in the file of known
    /// hosts. Whoever sits in between at that moment can pose as the build host. Default: <c>false</c>.</summary>
    public bool TrustFirstUse { get; set; }

    /// <summary>Longest time for connecting and logging in. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal SshLogin ToLogin() =>
        new()
        {
            Service = PackagerModule.Name,
            Section = "packager.fpm.ssh",
            Script = "canary-build-host setup-fpm (without the package: hosts/install-fpm-host.sh)",
            User = User,
            KeyFile = KeyFile,
            KnownHostsFile = KnownHostsFile,
            TrustFirstUse = TrustFirstUse,
            ConnectTimeout = ConnectTimeout,
            StallTimeout = TimeSpan.FromMinutes(2),
        };
}
