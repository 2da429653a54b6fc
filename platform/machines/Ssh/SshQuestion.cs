using Renci.SshNet;

namespace Canary.Machines.Ssh;

/// <summary>A program on a machine that is handed a request and answers until it ends.</summary>
/// <param name="Command">What is run. The shell of the user sees it, unless the key is bound to a program: nothing of it may come from
/// elsewhere.</param>
/// <param name="Content">What goes to its standard input.</param>
/// <param name="LongestAnswer">Most bytes of an answer.</param>
public sealed record SshQuestion(string Command, ReadOnlyMemory<byte> Content, long LongestAnswer)
{
    /// <summary>How often it is looked what came meanwhile.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks, and passes on what comes while it comes.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="take">Takes the standard output.</param>
    /// <param name="complain">Takes the standard error.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>The exit code; <c>null</c>: a signal ended it.</returns>
    /// <exception cref="InvalidDataException">The answer is too long.</exception>
    public async Task<int?> AskAsync(
        SshClient client,
        Action<ReadOnlySpan<byte>> take,
        Action<ReadOnlySpan<byte>> complain,
        TimeProvider time,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(take);
        ArgumentNullException.ThrowIfNull(complain);

        using var command = client.CreateCommand(Command);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = command.ExecuteAsync(end.Token);
        await SendAsync(command, end.Token);
        var taken = 0L;
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(Pause, time, end.Token));
            taken += Take(command.OutputStream, take);
            if (taken > LongestAnswer)
            {
                await end.CancelAsync();
                throw new InvalidDataException($"the answer is longer than {LongestAnswer} bytes");
            }
        }

        await running;
        Take(command.OutputStream, take);
        Take(command.ExtendedOutputStream, complain);
        return command.ExitStatus;
    }

    private async Task SendAsync(SshCommand command, CancellationToken stop)
    {
        try
        {
            await using var input = command.CreateInputStream();
            await input.WriteAsync(Content, stop);
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
