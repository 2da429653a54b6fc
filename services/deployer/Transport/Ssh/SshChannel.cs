using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Machines;
using Canary.Machines.Ssh;
using Canary.Processes;
using Microsoft.Extensions.Options;
using Renci.SshNet;

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

    /// <summary>How often it is looked what a host has printed meanwhile.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

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
            await SendAsync(command, request.Content, stop.Token);
            var taken = 0L;
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(Pause, time, stop.Token));
                taken += Take(command.OutputStream, bytes => answer.Take(bytes));
                if (taken > LongestAnswer)
                {
                    await stop.CancelAsync();
                }
            }

            await running;
            Take(command.OutputStream, bytes => answer.Take(bytes));
            var complaint = new OutputTail(LongestComplaint);
            Take(command.ExtendedOutputStream, bytes => complaint.Append(bytes));
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

    private static async Task SendAsync(SshCommand command, ReadOnlyMemory<byte> request, CancellationToken stop)
    {
        try
        {
            await using var input = command.CreateInputStream();
            await input.WriteAsync(request, stop);
        }
        catch (InvalidOperationException)
        {
            // It has ended already; what it said tells why.
        }
    }

    /// <summary>Takes what is there. To wait for more would block a thread, whatever the stream promises.</summary>
    private static long Take(Stream stream, Action<ReadOnlySpan<byte>> take)
    {
        var total = 0L;
        Span<byte> buffer = stackalloc byte[4096];
        while (stream.Length > 0 && stream.Read(buffer) is > 0 and var read)
        {
            take(buffer[..read]);
            total += read;
        }

        return total;
    }
}
