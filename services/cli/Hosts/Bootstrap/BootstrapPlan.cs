using Canary.Cli.Api;
using Canary.Cli.Repo;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A machine that becomes a host.</summary>
/// <param name="Name">Its name in the inventory.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="Channel"><c>canary</c> or <c>production</c>: also the suite that it takes.</param>
internal sealed record BootstrapHost(string Name, string Address, string Channel)
{
    /// <summary>Port of its sshd; <c>null</c>: nobody says that it is another one than usual.</summary>
    public int? Port { get; init; }

    /// <summary>What the setup is told. The way that a host was set up is compared with it.</summary>
    public string Arguments => $"--suite {Channel} --name {Name}";
}

/// <summary>All that a way to set up hosts is made of.</summary>
/// <param name="Hosts">Whom it is for.</param>
/// <param name="Setup">The script that does it.</param>
/// <param name="Token">What they enrol with.</param>
internal sealed record BootstrapPlan(IReadOnlyList<BootstrapHost> Hosts, HostSetup Setup, string Token)
{
    /// <summary>File that says, on a host, which setup has run there.</summary>
    public const string Stamp = "/var/lib/canary-apply/setup";

    /// <summary>Where apt finds, on a host, whom it reads the repository as.</summary>
    public const string AccessFile = "/etc/apt/auth.conf.d/canary.conf";

    /// <summary>What a person reads on a host whose line is older than the server.</summary>
    private const string Changed = "The setup has changed since this was made: run canary hosts bootstrap again.";

    /// <summary>Whom hosts read the package repository as; <c>null</c>: it is open to everybody.</summary>
    public RepositoryUser? User { get; init; }

    /// <summary>Address of the package repository, as the setup writes it for apt.</summary>
    public string Repository => Setup.Repository.EndsWith('/') ? Setup.Repository : $"{Setup.Repository}/";

    /// <summary>What the setup is told of the user, with a space before it; nothing if there is none.</summary>
    /// <param name="passwordFile">File with the password, on the host; <c>null</c>: it is in the environment
    /// (<c>CANARY_REPOSITORY_PASSWORD</c>).</param>
    public string UserArguments(string? passwordFile = null) =>
        User is null ? ""
        : passwordFile is null ? $" --repository-user {User.Name}"
        : $" --repository-user {User.Name} --repository-password-file {passwordFile}";

    /// <summary>The file with the password beside what names it; none if there is no user.</summary>
    public IEnumerable<Output.BootstrapFile> PasswordFiles(string path) =>
        User is { } user ? [new Output.BootstrapFile(path, user.Password + "\n", Secret: true)] : [];

    /// <summary>
    /// Commands for any shell that fetch the setup, check it and run it. Token and password must be in the environment
    /// (<c>CANARY_ENROLMENT_TOKEN</c>, <c>CANARY_REPOSITORY_PASSWORD</c>) or in files that <paramref name="arguments"/> name: they
    /// are never on a command line.
    /// </summary>
    /// <param name="arguments">For the setup.</param>
    /// <param name="separator">Between commands: a line end, or <c>; </c>.</param>
    /// <param name="environment">What the setup finds in its environment, with a space at its end.</param>
    public string Commands(string arguments, string separator = "\n", string environment = "") =>
        string.Join(
            separator,
            "set -e",
            "umask 077",
            "directory=$(mktemp -d)",
            """trap 'rm -rf "$directory"' EXIT""",
            "command -v curl >/dev/null || { apt-get update -qq; apt-get install -qq -y curl ca-certificates >/dev/null; }",
            $"""curl -fsS --retry 3 -o "$directory/setup.sh" '{Setup.Script}'""",
            $$"""echo "{{Setup.Sha256}}  $directory/setup.sh" | sha256sum --check --quiet || { echo '{{Changed}}' >&2; exit 1; }""",
            $"""{environment}bash "$directory/setup.sh" {arguments}"""
        );
}
