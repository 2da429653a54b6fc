using Renci.SshNet;

namespace Canary.Machines.Ssh;

/// <summary>A connection to a machine, with all that it goes through.</summary>
internal sealed class SshConnection(SshClient client, SshWay? way, SshConnections.Lease? jump)
{
    public SshClient Client { get; } = client;

    public int Users { get; set; }

    /// <summary>Closes it behind: it says goodbye, which blocks while the other end takes nothing.</summary>
    public void LetGo() => _ = CloseAsync();

    private async Task CloseAsync()
    {
        await Task.Factory.StartNew(
            () =>
            {
                Quietly(Client.Dispose);
                Quietly(() => way?.Dispose());
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        if (jump is not null)
        {
            await jump.DisposeAsync();
        }
    }

    private static void Quietly(Action close)
    {
        try
        {
            close();
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // It is closed already.
        }
    }
}
