using Renci.SshNet;

namespace Canary.Machines.Ssh;

/// <summary>A program on a machine that is handed a request and answers until it ends.</summary>
/// <param name="Command">What is run. The shell of the user sees it, unless the key is bound to a program: nothing of it may come from
/// elsewhere.</param>
/// <param name="Content">What goes to its standard input.</param>
/// <param name="LongestAnswer">Most bytes of an answer, on standard output and standard error together.</param>
public sealed record SshQuestion(string Command, ReadOnlyMemory<byte> Content, long LongestAnswer)
{
    /// <summary>How often it is looked what came meanwhile.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What is sent after <see cref="Content"/>, from where it stands; <c>null</c>: nothing. It is not disposed of, and may be read a
    /// little longer than the question lasts.</summary>
    public Stream? Attachment { get; init; }

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
        // Not waited for: a program that does not listen may talk meanwhile.
        var sending = Attachment is null ? SendAsync() : SendBehindAsync();
        var left = LongestAnswer;
        try
        {
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(Pause, time, end.Token));
                TakeBoth();
                if (sending.IsFaulted)
                {
                    await sending;
                }
            }

            await running;
            TakeBoth();
            return command.ExitStatus;
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }

        // To write to a machine that does not read blocks a thread.
        Task SendBehindAsync() =>
            Task
                .Factory.StartNew(
                    SendAsync,
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
                .Unwrap();

        async Task SendAsync()
        {
            try
            {
                await using var input = command.CreateInputStream();
                await input.WriteAsync(Content, end.Token);
                if (Attachment is not null)
                {
                    await Attachment.CopyToAsync(input, end.Token);
                }
            }
            catch (InvalidOperationException)
            {
                // It has ended already; what it said tells why.
            }
        }

        void TakeBoth()
        {
            Take(command.OutputStream, take, ref left);
            Take(command.ExtendedOutputStream, complain, ref left);
        }
    }

    /// <summary>Takes what is there. To wait for more would block a thread, whatever the stream promises.</summary>
    private void Take(Stream stream, Action<ReadOnlySpan<byte>> take, ref long left)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (stream.Length > 0 && stream.Read(buffer) is > 0 and var read)
        {
            left -= read;
            if (left < 0)
            {
                throw new InvalidDataException($"the answer is longer than {LongestAnswer} bytes");
            }

            take(buffer[..read]);
        }
    }
}
