using System.Text;
using System.Text.RegularExpressions;
using Canary.Machines.Ssh;
using Canary.Processes;
using Renci.SshNet;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>
/// One run of <c>canary-build</c> on a build host (<c>hosts/canary-build</c>). It is the only command that is ever run there, and reads
/// what it shall do from its standard input, as NUL-terminated fields, so that no shell sees any of it.
/// </summary>
/// <remarks>
/// SSH.NET's streams block whoever reads or writes them, so threads of their own do. A command whose connection was disposed of
/// never ends there, and disposing may block as well, so nothing here is waited for without a limit, and what is given up
/// ends behind.
/// </remarks>
internal sealed partial class RemoteCommand : IDisposable
{
    private const string Command = "canary-build";
    private const string Form = "v3";
    private const int KeptErrors = 8 << 10;

    /// <summary>For words that are on their way when the command has ended.</summary>
    internal static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

#pragma warning disable CA2213 // They are disposed of behind.
    private readonly SshCommand _command;
    private readonly Stream? _input;
#pragma warning restore CA2213
    private readonly OutputTail _errors = new(KeptErrors);
    private readonly TaskCompletionSource<int?> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _outputRead;

    private RemoteCommand(SshClient client, Action<ReadOnlyMemory<byte>> output)
    {
        _command = client.CreateCommand(Command);
        Ended = _command.ExecuteAsync(CancellationToken.None);
        try
        {
            _input = _command.CreateInputStream();
        }
        catch (InvalidOperationException)
        {
            // It has ended already; what it said tells why.
        }

        _outputRead = OnThread(() => Drain(_command.OutputStream, output));
        _ = OnThread(() =>
        {
            Drain(_command.ExtendedOutputStream, TakeErrors);
            _exit.TrySetResult(null);
        });
    }

    /// <summary>Completes when the command has ended; fails when its connection broke.</summary>
    public Task Ended { get; }

    /// <summary>The exit code that the command reports of a program, as soon as it does; <c>null</c>: it did not.</summary>
    public Task<int?> Exit => _exit.Task;

    /// <summary>The limit that ended the program, if it was one of its sandbox; known as soon as <see cref="Exit"/> is.</summary>
    public ProcessEnding Ending { get; private set; } = ProcessEnding.Exited;

    /// <summary>The command's own exit code.</summary>
    public int? ExitStatus => _command.ExitStatus;

    /// <param name="client">The connection.</param>
    /// <param name="output">Gets the output as it comes, on a thread that may be blocked.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<RemoteCommand> StartAsync(
        SshClient client,
        Action<ReadOnlyMemory<byte>> output,
        CancellationToken cancellation
    )
    {
        var starting = OnThread(() => new RemoteCommand(client, output));
        try
        {
            return await starting.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            _ = starting.ContinueWith(
                late => late.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            throw;
        }
    }

    /// <summary>Sends the request.</summary>
    public Task SendAsync(params IEnumerable<string> fields) =>
        SendAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(fields.Prepend(Form).Select(field => field + '\0'))))
        );

    /// <summary>Sends what follows the request.</summary>
    public Task SendAsync(Stream content) => OnThread(() => content.CopyTo(_input ?? Stream.Null));

    /// <summary>Says that nothing more comes.</summary>
    public void CloseInput() => Behind(() => _input?.Dispose());

    /// <summary>Waits for the rest of the output, but not for a process that keeps it open.</summary>
    public async Task SettleAsync(TimeProvider time)
    {
        try
        {
            await _outputRead.WaitAsync(Settling, time);
        }
        catch (TimeoutException)
        {
            // A process that got away still holds it.
        }
    }

    /// <summary>What the command said of itself.</summary>
    public async Task<string> ErrorsAsync(TimeProvider time)
    {
        try
        {
            await Exit.WaitAsync(Settling, time);
        }
        catch (TimeoutException)
        {
            // What is there will do.
        }

        lock (_errors)
        {
            return _errors.ToString();
        }
    }

    /// <summary>Lets go of it, whether it has ended or not.</summary>
    public void Dispose() =>
        Behind(() =>
        {
            _command.Dispose();
            _input?.Dispose();
        });

    private void TakeErrors(ReadOnlyMemory<byte> bytes)
    {
        lock (_errors)
        {
            _errors.Append(bytes.Span);
            if (ExitLine().Match(_errors.ToString()) is { Success: true } exit)
            {
                Ending = exit.Groups["limit"].Value switch
                {
                    "memory" => ProcessEnding.MemoryLimit,
                    "disk" => ProcessEnding.DiskLimit,
                    _ => ProcessEnding.Exited,
                };
                _exit.TrySetResult(int.Parse(exit.Groups["code"].ValueSpan, provider: null));
            }
        }
    }

    private static void Drain(Stream stream, Action<ReadOnlyMemory<byte>> take)
    {
        var buffer = new byte[16 << 10];
        try
        {
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                take(buffer.AsMemory(0, read));
            }
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // The end of the command says so.
        }
    }

    private static Task OnThread(Action work) =>
        Task.Factory.StartNew(
            work,
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default
        );

    private static Task<T> OnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(
            work,
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default
        );

    /// <summary>What is let go of may block or fail, and nobody needs to know.</summary>
    private static void Behind(Action work) =>
        _ = OnThread(() =>
        {
            try
            {
                work();
            }
            catch (Exception exception)
                when (SshConnections.IsBroken(exception) || exception is InvalidOperationException)
            {
                // It is gone already.
            }
        });

    [GeneratedRegex(
        @"^(limit (?<limit>memory|disk)\n)?exit (?<code>\d{1,3})\n",
        RegexOptions.Multiline | RegexOptions.RightToLeft
    )]
    private static partial Regex ExitLine();
}
