using System.Globalization;
using System.Text;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>
/// Hosts that are reached over SSH. The only command that is ever run there is <c>canary-apply</c>; what it shall do goes to
/// its standard input as NUL-terminated fields, so that no shell sees any of it (<c>hosts/canary-apply</c>).
/// </summary>
internal sealed class SshTransport(
    [FromKeyedServices(DeployerModule.Name)] SshConnections connections,
    IOptions<DeployerOptions> options,
    TimeProvider time
) : IHostTransport
{
    private const string Command = "canary-apply";

    private const string Form = "v1";

    private const int LongestAnswer = 1 << 20;

    private static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(1);

    /// <summary>For what comes on top of apt's own time: locks that others hold, package lists.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    public string Name => "ssh";

    private TimeSpan TimeLimit => options.Value.Ssh.TimeLimit;

    public async Task<InstalledPackage> InspectAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        PackageText.Check(package);
        var answer = await AskAsync(host, ["inspect", package], QuickLimit, cancellation);
        return answer.Code == Answer.Done ? AptOutput.ReadStatus(answer.Output) : throw Unexpected(host, answer);
    }

    public async Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation)
    {
        PackageText.Check(package, version);
        var answer = await AskAsync(
            host,
            ["install", package, version, Seconds(TimeLimit), .. Variables(host)],
            TimeLimit + Allowance,
            cancellation
        );
        switch (answer.Code)
        {
            case Answer.Done:
                return;
            case Answer.RepositoryRefused:
                throw AptOutput.RepositoryAway(host, answer.Output)
                    ?? new CanaryException(
                        "repository-refused",
                        $"{host.Name} could not take {package} {version} from the package repository: {answer.Excerpt}",
                        $"Check that {host.Name} reaches the repository publisher, that its "
                            + "/etc/apt/keyrings/canary-archive-keyring.pgp is the repository's key, and that "
                            + "/etc/apt/sources.list.d/canary.sources names the suite of its channel."
                    );
            // Another package of the host may be broken and make apt fail; what counts is what dpkg says of this one.
            case Answer.AptFailed when (await InspectAsync(host, package, cancellation)).Is(version):
                return;
            case Answer.AptFailed:
                throw AptOutput.RepositoryAway(host, answer.Output)
                    ?? new CanaryException(
                        "installation-failed",
                        $"apt could not install {package} {version} on {host.Name}: {answer.Excerpt}",
                        "Read the lines above: a failing post-install script or an unmet dependency is to be corrected in "
                            + "the repository, and released anew."
                    );
            default:
                throw Unexpected(host, answer);
        }
    }

    public async Task RemoveAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        PackageText.Check(package);
        var answer = await AskAsync(host, ["remove", package, Seconds(TimeLimit)], TimeLimit + Allowance, cancellation);
        if (answer.Code == Answer.AptFailed && (await InspectAsync(host, package, cancellation)).Version is not null)
        {
            throw new CanaryException(
                "removal-failed",
                $"apt could not remove {package} from {host.Name}: {answer.Excerpt}",
                $"Remove it by hand, on {host.Name}: apt-get purge {package}"
            );
        }

        if (answer.Code is not (Answer.Done or Answer.AptFailed))
        {
            throw Unexpected(host, answer);
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
            [
                "health",
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
        return answer.Code switch
        {
            Answer.Done => null,
            Answer.NotWell => answer.Output.Trim(),
            _ => throw Unexpected(host, answer),
        };
    }

    private async Task<Answer> AskAsync(
        InventoryHost host,
        IReadOnlyList<string> fields,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        if (fields.FirstOrDefault(field => field.Contains('\0', StringComparison.Ordinal)) is { } broken)
        {
            throw new CanaryException(
                "request-invalid",
                $"'{broken.Replace("\0", "\\0", StringComparison.Ordinal)}' holds a NUL character.",
                "Take it out of the health check, or of the host's variables in the inventory."
            );
        }

        var request = Encoding.UTF8.GetBytes(string.Concat(fields.Prepend(Form).Select(field => field + '\0')));
        try
        {
            return await ExchangeAsync(host, request, fresh: false, limit, cancellation);
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // The connection was there from before and is not any more. Each request may be repeated.
            cancellation.ThrowIfCancellationRequested();
        }

        try
        {
            return await ExchangeAsync(host, request, fresh: true, limit, cancellation);
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw new CanaryException(
                HostFailures.Unreachable,
                $"The connection to {host.Name} broke: {exception.Message}",
                $"Look at sshd's log on {host.Name}. Releasing again is safe.",
                exception
            );
        }
    }

    private async Task<Answer> ExchangeAsync(
        InventoryHost host,
        byte[] request,
        bool fresh,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        await using var lease = await connections.BorrowAsync(host.ToSshTarget(), fresh, cancellation);
        using var deadline = new CancellationTokenSource(limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var command = lease.Client.CreateCommand(Command);
        try
        {
            var running = command.ExecuteAsync(stop.Token);
            Func<Task> giveUp = stop.CancelAsync;
            var output = ReadAsync(command.OutputStream, giveUp);
            var errors = ReadAsync(command.ExtendedOutputStream, giveUp);
            await using (var input = command.CreateInputStream())
            {
                await input.WriteAsync(request, stop.Token);
            }

            await running;
            return new Answer(command.ExitStatus ?? Answer.Killed, await output, await errors);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                HostFailures.Unreachable,
                $"{host.Name} did not finish within {limit.TotalSeconds:0} s, or answered with more than 1 MiB.",
                $"Look what canary-apply is doing on {host.Name}; raise deployer.ssh.time-limit if it needs longer.",
                exception
            );
        }
    }

    private static async Task<string> ReadAsync(Stream stream, Func<Task> giveUp)
    {
        var text = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            await text.WriteAsync(buffer.AsMemory(0, read));
            if (text.Length > LongestAnswer)
            {
                await giveUp();
                break;
            }
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static IEnumerable<string> Variables(InventoryHost host) =>
        HostVariables.Of(host).Select(variable => $"{variable.Name}={variable.Value}");

    private static string Seconds(TimeSpan time) =>
        Math.Clamp((int)Math.Ceiling(time.TotalSeconds), 1, 999_999).ToString(CultureInfo.InvariantCulture);

    private static CanaryException Unexpected(InventoryHost host, Answer answer) =>
        new(
            HostFailures.Unreachable,
            $"canary-apply did not do its work on {host.Name} (exit code {answer.Code}): {answer.Excerpt}",
            $"Run hosts/install.sh of this version of Canary on {host.Name}."
        );

    private sealed record Answer(int Code, string Output, string Errors)
    {
        public const int Done = 0;
        public const int RepositoryRefused = 65;
        public const int AptFailed = 66;
        public const int NotWell = 67;
        public const int Killed = -1;

        public string Excerpt => AptOutput.Excerpt(Output + "\n" + Errors);
    }
}
