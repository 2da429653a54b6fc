using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Machines;

namespace Canary.Deployer.Transport;

/// <summary>
/// Works on hosts through <c>canary-apply</c> (<c>hosts/canary-apply</c>), the one program that is ever run there, whichever
/// channel leads to it. What it shall do goes to its standard input as NUL-terminated fields, so that no shell sees any of
/// it; what it says comes back in frames, so that an answer, no answer and half an answer are never taken for each other.
/// </summary>
internal sealed class HostAgent(IHostChannel channel, HostClocks clocks, TimeProvider time) : IHostTransport
{
    private const string Form = "v2";

    /// <summary>What <c>canary-apply</c> said to this form when it did not know it yet.</summary>
    private const string OutdatedWords = "update canary-apply on this host";

    /// <summary>And what it says to a request of this form that it does not know yet.</summary>
    private const string UnknownWords = "there is no such request";

    /// <summary>What it says it can do that keeps configuration files, and how it is asked for that.</summary>
    private const string Keep = "keep";

    private const int RefusedCode = 64;

    private const string KeepWords = "keep the configuration files of a package that it removes";

    private const int NoiseLines = 5;

    private static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(1);

    /// <summary>How long one answer about a hook may take that goes on.</summary>
    private static readonly TimeSpan HookVisit = TimeSpan.FromMinutes(1);

    /// <summary>For what comes on top of apt's own time: locks that others hold, package lists, repairs.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    public string Name => channel.Name;

    /// <summary>Another one of us may be at work before, for as long.</summary>
    private TimeSpan ChangeLimit => (2 * channel.TimeLimit) + Allowance;

    public async Task<InstalledPackage> InspectAsync(
        InventoryHost host,
        string package,
        CancellationToken cancellation
    ) => (await InspectAsync(host, [package], cancellation))[package];

    public async Task<IReadOnlyDictionary<string, InstalledPackage>> InspectAsync(
        InventoryHost host,
        IReadOnlyCollection<string> packages,
        CancellationToken cancellation
    )
    {
        return (await AskWhatIsInstalledAsync(host, packages, cancellation)).Packages;
    }

    private async Task<AgentAnswer> AskWhatIsInstalledAsync(
        InventoryHost host,
        IReadOnlyCollection<string> packages,
        CancellationToken cancellation
    )
    {
        foreach (var package in packages)
        {
            PackageText.Check(package);
        }

        var asked = time.GetUtcNow();
        var answer = await AskAsync(host, AgentVerb.Inspect, [.. packages], QuickLimit, cancellation);
        if (answer.Clock is { } theirs)
        {
            clocks.Note(host.Name, theirs, asked);
        }

        return answer.Result == "done" && packages.All(answer.Packages.ContainsKey)
            ? answer
            : throw Unexpected(host, answer);
    }

    public async Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation)
    {
        PackageText.Check(package, version);
        var answer = await AskAsync(
            host,
            AgentVerb.Install,
            [package, version, Seconds(channel.TimeLimit), .. Variables(host)],
            ChangeLimit,
            cancellation
        );
        if (answer.Result != "done")
        {
            throw WhyNotInstalled(host, package, version, answer);
        }

        if (answer.Packages.GetValueOrDefault(package) is not { } installed || !installed.Is(version))
        {
            throw Unexpected(host, answer);
        }
    }

    public async Task RemoveAsync(InventoryHost host, string package, Removal removal, CancellationToken cancellation)
    {
        PackageText.Check(package);
        var keeps = removal == Removal.KeepConfiguration;
        var answer = await AskAsync(
            host,
            AgentVerb.Remove,
            // Older ones know the first two fields, and purge.
            keeps ? [package, Seconds(channel.TimeLimit), Keep] : [package, Seconds(channel.TimeLimit)],
            ChangeLimit,
            cancellation
        );
        if (answer.Result == "done")
        {
            return;
        }

        throw answer.Result switch
        {
            "apt-failed" or "ineffective" or "not-ours" => new CanaryException(
                DeployerCodes.RemovalFailed,
                $"apt could not remove {package} from {host.Name}: {AptOutput.Explain(answer.Output, answer.Text)}",
                $"Remove it by hand: {channel.ByHand(host, $"apt-get {(keeps ? "remove" : "purge")} {package}")}"
            ),
            _ when IsUnknown(answer) => Outdated(host, KeepWords, answer.Text),
            _ => Unexpected(host, answer),
        };
    }

    public async Task CheckKeepsConfigurationAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        if (!(await AskWhatIsInstalledAsync(host, [package], cancellation)).Abilities.Contains(Keep))
        {
            throw Outdated(host, KeepWords, "it is older than this Canary");
        }
    }

    public async Task<string?> RunHealthCommandAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> command,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var answer = await AskAsync(
            host,
            AgentVerb.Health,
            [
                target.Application,
                target.Package,
                target.Version,
                Seconds(timeout),
                .. Variables(host),
                "--",
                .. command,
            ],
            timeout + QuickLimit,
            cancellation
        );
        return answer.Result switch
        {
            "done" => null,
            "unhealthy" => answer.Text,
            _ => throw Unexpected(host, answer),
        };
    }

    public async Task<string?> CheckUnitsAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> units,
        bool isRequired,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        PackageText.Check(target.Package, target.Version);
        var answer = await AskAsync(
            host,
            AgentVerb.Units,
            [target.Package, Seconds(timeout), isRequired ? "required" : "implied", .. units],
            timeout + QuickLimit,
            cancellation
        );
        return answer.Result switch
        {
            "done" => null,
            "unhealthy" => answer.Text,
            _ when IsUnknown(answer) => throw Outdated(host, "look at units", answer.Text),
            _ => throw Unexpected(host, answer),
        };
    }

    public async Task<HookOutcome> RunHookAsync(InventoryHost host, HookRequest request, CancellationToken cancellation)
    {
        PackageText.Check(request.Package, request.Version);
        var answer = await AskAsync(
            host,
            AgentVerb.Hook,
            [
                request.ReleaseId.ToString(),
                request.Application,
                request.Package,
                request.Version,
                request.PreviousVersion ?? "",
                request.Path,
                Seconds(request.TimeLimit),
                Seconds(HookVisit),
                request.Offset.ToString(CultureInfo.InvariantCulture),
                .. Variables(host),
            ],
            ChangeLimit + HookVisit,
            cancellation
        );
        return StandingOf(answer) is { } standing
            ? new HookOutcome(standing, answer.Text, answer.Offset ?? request.Offset)
            : throw (
                IsUnknown(answer)
                    ? Outdated(host, $"run {Path.GetFileName(request.Path)}", answer.Text)
                    : WhyNotInstalled(host, request.Package, request.Version, answer)
            );
    }

    private static HookStanding? StandingOf(AgentAnswer answer) =>
        answer.Result switch
        {
            "done" => HookStanding.Succeeded,
            "running" => HookStanding.Running,
            "hook-failed" => HookStanding.Failed,
            "hook-unknown" => HookStanding.Unknown,
            _ => null,
        };

    private CanaryException WhyNotInstalled(InventoryHost host, string package, string version, AgentAnswer answer)
    {
        var said = AptOutput.Explain(answer.Output, answer.Text);
        return answer.Result switch
        {
            "repository-failed" => AptOutput.RepositoryUnavailable(host, answer.Output)
                ?? AptOutput.ClocksDiffer(host, answer.Output)
                ?? new CanaryException(
                    DeployerCodes.RepositoryRefused,
                    $"{host.Name} could not read the package repository: {said}",
                    channel.RepositoryRemedy(host)
                ),
            "version-unlisted" => new CanaryException(
                DeployerCodes.RepositoryRefused,
                $"{host.Name} could not take {package} {version} from the package repository: {answer.Text}",
                channel.RepositoryRemedy(host)
            ),
            "apt-failed" => AptOutput.RepositoryUnavailable(host, answer.Output)
                ?? new CanaryException(
                    DeployerCodes.InstallationFailed,
                    $"apt could not install {package} {version} on {host.Name}: {said}",
                    "Read the lines above: a failing post-install script or an unmet dependency is to be corrected in the "
                        + "repository, and released anew."
                ),
            "ineffective" => new CanaryException(
                DeployerCodes.InstallationIneffective,
                $"{package} {version} is not on {host.Name} after its installation: {answer.Text}",
                $"Look what apt is on {host.Name}, and who else changes packages there."
            ),
            DeployerCodes.FilesDamaged => new CanaryException(
                DeployerCodes.FilesDamaged,
                $"{host.Name} has {package} {version}, but not all of its files are as the package brought them, and "
                    + $"installing them again did not help: {answer.Text}",
                $"Look at the disk of {host.Name}, and at what else writes there; then: "
                    + channel.ByHand(host, $"apt-get install --reinstall {package}={version}")
            ),
            _ => Unexpected(host, answer),
        };
    }

    private async Task<AgentAnswer> AskAsync(
        InventoryHost host,
        AgentVerb verb,
        IReadOnlyList<string> fields,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        if (fields.FirstOrDefault(field => field.Contains('\0', StringComparison.Ordinal)) is { } broken)
        {
            throw new CanaryException(
                DeployerCodes.RequestInvalid,
                $"'{broken.Replace("\0", "\\0", StringComparison.Ordinal)}' holds a NUL character.",
                "Take it out of the health check, or of the host's variables in the inventory."
            );
        }

        var boundary = RandomNumberGenerator.GetHexString(32, lowercase: true);
        string[] all = [Form, boundary, verb.ToString().ToLowerInvariant(), .. fields];
        var content = Encoding.UTF8.GetBytes(string.Concat(all.Select(field => field + '\0')));
        var log = HostLogs.Here;
        var answer = new AgentAnswer(boundary, text => log?.Write(text));
        var exit = await channel.AskAsync(host, new AgentRequest(verb, content, limit), answer, cancellation);
        answer.End();
        return answer.IsWhole ? answer : throw WhyNoAnswer(host, answer, exit);
    }

    private CanaryException WhyNoAnswer(InventoryHost host, AgentAnswer answer, AgentExit exit)
    {
        var said = string.Join(
            '\n',
            $"{answer.Noise}\n{exit.Errors}"
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Take(NoiseLines)
        );
        if (answer.HasBegun)
        {
            return new CanaryException(
                MachinesCodes.HostUnreachable,
                $"The answer of {host.Name} ended in the middle{(said.Length > 0 ? $": {said}" : ".")}",
                $"Look at sshd's log on {host.Name}, and whether its disk is full. Releasing again is safe."
            );
        }

        return exit.Code == RefusedCode && said.Contains(OutdatedWords, StringComparison.Ordinal)
            ? new CanaryException(
                DeployerCodes.AgentOutdated,
                $"canary-apply on {host.Name} is older than this Canary.",
                channel.UpdateRemedy(host)
            )
            : new CanaryException(
                DeployerCodes.AgentUnreadable,
                $"{host.Name} did not answer as canary-apply does (exit code {exit.Code?.ToString(CultureInfo.InvariantCulture) ?? "none"})"
                    + (said.Length > 0 ? $"; it said: {said}" : ", it said nothing."),
                channel.UpdateRemedy(host)
            );
    }

    private static bool IsUnknown(AgentAnswer answer) => answer.Text.Contains(UnknownWords, StringComparison.Ordinal);

    private CanaryException Outdated(InventoryHost host, string what, string why) =>
        new(
            DeployerCodes.AgentOutdated,
            $"canary-apply on {host.Name} does not {what}: {why}",
            channel.UpdateRemedy(host)
        );

    private CanaryException Unexpected(InventoryHost host, AgentAnswer answer) =>
        answer.Result switch
        {
            "busy" => new CanaryException(
                DeployerCodes.HostBusy,
                $"Packages of {host.Name} are changed by somebody else: {answer.Text}",
                $"Wait until that is done, or end it, on {host.Name}; then release again."
            ),
            "dpkg-unreadable" => new CanaryException(
                MachinesCodes.HostUnreachable,
                $"dpkg on {host.Name} does not say what is installed: {answer.Text}",
                $"Repair dpkg's data there, in /var/lib/dpkg; a copy of yesterday's is /var/backups/dpkg.status.0."
            ),
            _ => new CanaryException(
                DeployerCodes.AgentUnreadable,
                $"canary-apply did not do its work on {host.Name}: {answer.Result} {answer.Text}".TrimEnd(),
                channel.UpdateRemedy(host)
            ),
        };

    private static IEnumerable<string> Variables(InventoryHost host) =>
        HostVariables.Of(host).Select(variable => $"{variable.Name}={variable.Value}");

    private static string Seconds(TimeSpan time) =>
        Math.Clamp((int)Math.Ceiling(time.TotalSeconds), 1, 999_999).ToString(CultureInfo.InvariantCulture);
}
