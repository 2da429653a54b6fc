using System.ComponentModel.DataAnnotations;
using Canary.Machines.Ssh;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Machines that builds run on, reached over SSH.</summary>
public sealed class BuildHostOptions
{
    /// <summary>Where they are found: <c>list</c>, or <c>consul</c>, which needs <c>hosting.consul.addresses</c>. Default:
    /// <c>list</c>.</summary>
    public string Kind { get; set; } = BuildHostKind.List;

    /// <summary>The build hosts, where they are listed here.</summary>
    public IList<ListedBuildHost> List { get; set; } = [];

    /// <summary>The service in Consul whose instances are build hosts, as long as their checks pass. Default:
    /// <c>build-host</c>.</summary>
    public string Service { get; set; } = "build-host";

    /// <summary>Only instances of that service with this tag. Default: all.</summary>
    public string? Tag { get; set; }

    /// <summary>How long a build waits for a build host that can be used, before it fails. While all of them are busy it waits
    /// as long as it takes. Default: 30 minutes. 0 or longer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a build host may give no sign of life before its builds begin anew on another, 4 seconds to 1 hour.
    /// Default: 1 minute.</summary>
    public TimeSpan Silence { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a build host that could not be used is left out. Default: 15 seconds. 0 or
    /// longer.</summary>
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How ci-coordinator logs in there.</summary>
    public BuildSshOptions Ssh { get; set; } = new();

    internal IEnumerable<ValidationResult> Problems(bool isUsed)
    {
        if (Patience < TimeSpan.Zero)
        {
            yield return new ValidationResult($"{Patience} is negative.", [nameof(Patience)]);
        }

        if (Rest < TimeSpan.Zero)
        {
            yield return new ValidationResult($"{Rest} is negative.", [nameof(Rest)]);
        }

        if (Silence < TimeSpan.FromSeconds(4) || Silence > TimeSpan.FromHours(1))
        {
            yield return new ValidationResult($"{Silence} is not between 4 seconds and 1 hour.", [nameof(Silence)]);
        }

        if (Ssh.ConnectTimeout <= TimeSpan.Zero)
        {
            yield return new ValidationResult(
                $"{Ssh.ConnectTimeout} is no time at all.",
                [$"{nameof(Ssh)}.{nameof(BuildSshOptions.ConnectTimeout)}"]
            );
        }

        if (Service.Length == 0)
        {
            yield return new ValidationResult("It is the name of a service, and not empty.", [nameof(Service)]);
        }

        if (Tag is { } tag && (tag.Length == 0 || tag.Contains('`', StringComparison.Ordinal)))
        {
            yield return new ValidationResult($"'{tag}' is not a tag: it is empty or holds a backtick.", [nameof(Tag)]);
        }

        foreach (var (host, index) in List.Select((host, index) => (host, index)))
        {
            foreach (var (name, problem) in host.Problems())
            {
                yield return new ValidationResult(problem, [$"{nameof(List)}[{index}].{name}"]);
            }
        }

        if (isUsed && BuildHostKind.List.Equals(Kind, StringComparison.OrdinalIgnoreCase) && List.Count == 0)
        {
            yield return new ValidationResult(
                "The provider 'ssh' needs build hosts: list them here, or set the kind to consul.",
                [nameof(List)]
            );
        }

        foreach (var group in List.GroupBy(host => host.Name, StringComparer.Ordinal).Where(x => x.Count() > 1))
        {
            yield return new ValidationResult($"'{group.Key}' is listed {group.Count()} times.", [nameof(List)]);
        }
    }
}

/// <summary>Where build hosts can be found.</summary>
internal static class BuildHostKind
{
    /// <summary>In the configuration.</summary>
    public const string List = "list";

    /// <summary>In Consul, as the instances of a service.</summary>
    public const string Consul = "consul";
}

/// <summary>A build host.</summary>
public sealed class ListedBuildHost
{
    /// <summary>What people call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Name or address in the network. Default: its name.</summary>
    public string? Address { get; set; }

    /// <summary>Most builds at once that one ci-coordinator runs there, 1 to 1000. Default: 1.</summary>
    public int Builds { get; set; } = 1;

    /// <summary>How to log in to it.</summary>
    public ListedBuildHostAccess Ssh { get; set; } = new();

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            yield return (nameof(Name), "A build host needs a name.");
        }

        if (Uri.CheckHostName(Address ?? Name) == UriHostNameType.Unknown)
        {
            yield return (nameof(Address), $"'{Address ?? Name}' is neither a host name nor an IP address.");
        }

        if (Builds is < 1 or > BuildHost.MostBuilds)
        {
            yield return (nameof(Builds), $"{Builds} is not between 1 and {BuildHost.MostBuilds}.");
        }

        foreach (var (name, problem) in Ssh.Problems())
        {
            yield return ($"{nameof(Ssh)}.{name}", problem);
        }
    }
}

/// <summary>How to log in to a build host.</summary>
public sealed class ListedBuildHostAccess
{
    /// <summary>Port of sshd. Default: 22.</summary>
    public int Port { get; set; } = SshAccess.DefaultPort;

    /// <summary>User to log in as. Default: <c>ci-coordinator.builds.hosts.ssh.user</c>.</summary>
    public string? User { get; set; }

    /// <summary>Fingerprints of its keys, as <c>ssh-keygen -l</c> prints them. When there are any, they alone
    /// decide.</summary>
    public IList<string> HostKeys { get; set; } = [];

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        if (Port is < 1 or > ushort.MaxValue)
        {
            yield return (nameof(Port), $"{Port} is not a port: 1 to 65535.");
        }

        if (User is { } user && !SshRules.UserName().IsMatch(user))
        {
            yield return (nameof(User), $"'{user}' is not the name of a user.");
        }

        foreach (var key in HostKeys.Where(key => !SshRules.Fingerprint().IsMatch(key)))
        {
            yield return (
                nameof(HostKeys),
                $"'{key}' is not a fingerprint as ssh-keygen -l prints it: SHA256: and 43 characters."
            );
        }
    }

    internal SshAccess ToAccess() =>
        new()
        {
            Port = Port,
            User = User,
            HostKeys = [.. HostKeys],
        };
}

/// <summary>How ci-coordinator logs in to build hosts, as a user who may run nothing but <c>canary-build</c>.</summary>
public sealed class BuildSshOptions
{
    /// <summary>User on the build hosts whose entry names none. Default: <c>canary-build</c>.</summary>
    public string User { get; set; } = "canary-build";

    /// <summary>Private key that ci-coordinator logs in with, in OpenSSH's format, without a passphrase. Default:
    /// <c>ssh/id_ed25519</c> in ci-coordinator's data directory, made at the first start; its public half lies beside it, with
    /// <c>.pub</c>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Keys of the build hosts whose entry names none, in the format of OpenSSH's <c>known_hosts</c>. Default:
    /// <c>ssh/known_hosts</c> in ci-coordinator's data directory.</summary>
    public string? KnownHostsFile { get; set; }

    /// <summary>Whether the key of a build host that nobody vouches for is taken as it is at the first login, and kept in the
    /// file of known hosts. Whoever sits in between at that moment can pose as the build host. Default:
    /// <c>false</c>.</summary>
    public bool TrustFirstUse { get; set; }

    /// <summary>Longest time for connecting and logging in. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal SshLogin ToLogin() =>
        new()
        {
            Service = CiCoordinatorModule.Name,
            Section = "ci-coordinator.builds.hosts.ssh",
            Script = "canary-build-host setup (without the package: hosts/install-build-host.sh)",
            User = User,
            KeyFile = KeyFile,
            KnownHostsFile = KnownHostsFile,
            TrustFirstUse = TrustFirstUse,
            ConnectTimeout = ConnectTimeout,
            StallTimeout = TimeSpan.FromMinutes(2),
        };
}
