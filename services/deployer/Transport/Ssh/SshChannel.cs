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

    public string UpdateRemedy(InventoryHost host) => $"Run hosts/install.sh of this version of Canary on {host.Name}.";

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
        using var command = lease.Client.CreateCommand(Command);
        try
        {
            var running = command.ExecuteAsync(stop.Token);
            var complaint = new OutputTail(LongestComplaint);
            Func<Task> giveUp = stop.CancelAsync;
            var output = ReadAsync(command.OutputStream, bytes => answer.Take(bytes.Span), giveUp);
            var errors = ReadAsync(command.ExtendedOutputStream, bytes => complaint.Append(bytes.Span), giveUp);
            await using (var input = command.CreateInputStream())
            {
                await input.WriteAsync(request.Content, stop.Token);
            }

            await running;
            await output;
            await errors;
            return new AgentExit(command.ExitStatus, complaint.ToString());
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} did not finish within {request.Limit.TotalSeconds:0} s, or answered with more than 4 MiB.",
                $"Look what canary-apply is doing on {host.Name}; raise deployer.ssh.time-limit if it needs longer.",
                exception
            );
        }
    }

    private static async Task ReadAsync(Stream stream, Action<ReadOnlyMemory<byte>> take, Func<Task> giveUp)
    {
        var total = 0L;
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            take(buffer.AsMemory(0, read));
            total += read;
            if (total > LongestAnswer)
            {
                await giveUp();
                break;
            }
        }
    }
}
