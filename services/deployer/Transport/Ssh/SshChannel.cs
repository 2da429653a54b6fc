using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Machines;
using Canary.Machines.Ssh;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>Hosts that are reached over SSH.</summary>
internal sealed class SshChannel(
    [FromKeyedServices(DeployerModule.Name)] SshConnections connections,
    IOptions<DeployerOptions> options,
    TimeProvider time
) : IHostChannel
{
    private const string Command = "canary-apply";

    private const int LongestAnswer = 4 << 20;

    private const int LongestComplaint = 8 << 10;

    public string Name => "ssh";

    public TimeSpan TimeLimit => options.Value.Ssh.TimeLimit;

    public string RepositoryRemedy(InventoryHost host) =>
        $"Check that {host.Name} reaches the repository publisher, that its /etc/apt/keyrings/canary-archive-keyring.pgp is the "
        + "repository's key, and that /etc/apt/sources.list.d/canary.sources names the suite of its channel.";

    public string ByHand(InventoryHost host, string command) => $"{command} (on {host.Name})";

    public string UpdateRemedy(InventoryHost host) =>
        $"Bring {host.Name} to this version of Canary: upgrade its package canary-host, or run hosts/install.sh of this version there.";

    public async Task<AgentExit> AskAsync(
        InventoryHost host,
        AgentRequest request,
        AgentAnswer answer,
        CancellationToken cancellation
    )
    {
        try
        {
            return await ExchangeAsync(host, request, answer, fresh: false, cancellation);
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // The connection was there from before and is not any more. Each request may be repeated.
            cancellation.ThrowIfCancellationRequested();
            answer.Restart();
        }

        try
        {
            return await ExchangeAsync(host, request, answer, fresh: true, cancellation);
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"The connection to {host.Name} broke: {exception.Message}",
                $"Look at sshd's log on {host.Name}. Releasing again is safe.",
                exception
            );
        }
    }

    private async Task<AgentExit> ExchangeAsync(
        InventoryHost host,
        AgentRequest request,
        AgentAnswer answer,
        bool fresh,
        CancellationToken cancellation
    )
    {
        await using var lease = await connections.BorrowAsync(host.ToSshTarget(), fresh, cancellation);
        using var deadline = new CancellationTokenSource(request.Limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var question = new SshQuestion(Command, request.Content, LongestAnswer);
            var errors = new OutputTail(LongestComplaint);
            var code = await question.AskAsync(lease.Client, answer.Take, errors.Append, time, stop.Token);
            return new AgentExit(code, errors.ToString());
        }
        catch (InvalidDataException exception)
        {
            throw new CanaryException(
                DeployerCodes.AgentUnreadable,
                $"{host.Name} did not answer as canary-apply does: {exception.Message}.",
                $"Look at what a login of the deployer runs on {host.Name}. {UpdateRemedy(host)}",
                exception
            );
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} did not finish within {request.Limit.TotalSeconds:0} s.",
                $"Look what canary-apply is doing on {host.Name}; raise deployer.ssh.time-limit if it needs longer.",
                exception
            );
        }
    }
}
