using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Hosting;
using Canary.Hosting.Processes;
using Canary.Hosting.Ssh;
using Renci.SshNet;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>
/// The files of one commit on a build host. It lasts as long as its connection: whatever happens to this process, the build
/// host then ends what still runs and removes the files (<c>hosts/canary-build</c>, which is also the only command that is ever
/// run there; what it shall do goes to its standard input as NUL-terminated fields, so that no shell sees any of it).
/// </summary>
internal sealed partial class RemoteWorkspace : IScriptRunner, IAsyncDisposable
{
    private const string Command = "canary-build";
    private const string Form = "v1";
    private const string Ready = "ready\n";
    private const int QuotedCharacters = 500;
    private const int TailLength = 8 << 10;

    /// <summary>For what comes on top of the scripts' own time: unpacking, the end of processes, removing files.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(1);

    private readonly BuildHost _host;
    private readonly BuildOptions _options;
    private readonly SshConnections.Lease _connection;
    private readonly SshCommand _hold;
    private readonly string _id = Guid.NewGuid().ToString("N");
    private Task _holding = Task.CompletedTask;
    private Stream? _lifeline;

    private RemoteWorkspace(BuildHost host, SshConnections.Lease connection, BuildOptions options)
    {
        _host = host;
        _connection = connection;
        _options = options;
        _hold = connection.Client.CreateCommand(Command);
    }

    /// <summary>Asks a build host whether it has what builds need.</summary>
    /// <exception cref="CanaryException">It cannot be logged in to, or lacks something.</exception>
    public static async Task CheckAsync(SshConnections connections, BuildHost host, CancellationToken cancellation)
    {
        await using var connection = await connections.BorrowAsync(host.Target, fresh: true, cancellation);
        using var command = connection.Client.CreateCommand(Command);
        try
        {
            var running = command.ExecuteAsync(cancellation);
            var errors = ReadAsync(command.ExtendedOutputStream);
            await using (var input = command.CreateInputStream())
            {
                await input.WriteAsync(Fields("check"), cancellation);
            }

            await running;
            if (command.ExitStatus != 0)
            {
                throw Unfit(host, await errors);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            throw Broken(host, exception);
        }
    }

    /// <summary>Brings files to a build host.</summary>
    /// <param name="connections">How to get there.</param>
    /// <param name="host">The build host.</param>
    /// <param name="archive">Path of a tar archive with the files.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">The build host cannot be logged in to, or lacks something.</exception>
    public static async Task<RemoteWorkspace> OpenAsync(
        SshConnections connections,
        BuildHost host,
        string archive,
        BuildOptions options,
        CancellationToken cancellation
    )
    {
        var connection = await connections.BorrowAsync(host.Target, fresh: true, cancellation);
        var workspace = new RemoteWorkspace(host, connection, options);
        try
        {
            await workspace.FillAsync(archive, cancellation);
            return workspace;
        }
        catch
        {
            await workspace.DisposeAsync();
            throw;
        }
    }

    public async Task<ProcessResult> RunAsync(ScriptRun run, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var output = new LimitedOutput(run, stop.Cancel);
        var started = TimeProvider.System.GetTimestamp();
        using var command = _connection.Client.CreateCommand(Command);
        try
        {
            stop.CancelAfter(run.TimeLimit);
            var running = command.ExecuteAsync(CancellationToken.None);
            var reading = output.TakeAsync(command.OutputStream);
            var errors = ReadAsync(command.ExtendedOutputStream);
            await using (var input = command.CreateInputStream())
            {
                string[] variables = [.. run.Environment.Select(variable => $"{variable.Key}={variable.Value}")];
                await input.WriteAsync(
                    Fields(["run", _id, .. variables, "--", .. run.Script.CommandIn(".")]),
                    CancellationToken.None
                );
            }

            var ending = ProcessEnding.Exited;
            try
            {
                if (await Task.WhenAny(running, _holding).WaitAsync(stop.Token) == _holding)
                {
                    await _holding;
                    throw Vanished(_host, "its files are not held any more.");
                }

                await running;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                ending =
                    cancellation.IsCancellationRequested ? ProcessEnding.Cancelled
                    : output.LimitPassed ? ProcessEnding.OutputLimit
                    : ProcessEnding.TimedOut;
                await EndAsync();
                await running.WaitAsync(Allowance, TimeProvider.System, CancellationToken.None);
            }

            var duration = TimeProvider.System.GetElapsedTime(started);
            await reading;
            output.ThrowIfNotTaken();
            if (ending == ProcessEnding.Exited && output.LimitPassed)
            {
                ending = ProcessEnding.OutputLimit;
            }

            return new ProcessResult
            {
                Ending = ending,
                ExitCode = ExitCode(await errors, ending),
                Duration = duration,
                OutputTail = output.Tail,
            };
        }
        catch (Exception exception) when (IsBroken(exception) && !output.IsNotTaken)
        {
            throw Broken(_host, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (_lifeline is not null)
        {
            await _lifeline.DisposeAsync();
        }
        _hold.Dispose();
        await _connection.DisposeAsync();
    }

    private async Task FillAsync(string archive, CancellationToken cancellation)
    {
        try
        {
            // The only way to end a transfer that has come to a halt.
            await using var abort = cancellation.Register(_connection.Client.Dispose);
            await using var file = File.OpenRead(archive);
            _holding = _hold.ExecuteAsync(CancellationToken.None);
            _lifeline = _hold.CreateInputStream();
            var errors = ReadAsync(_hold.ExtendedOutputStream);
            await _lifeline.WriteAsync(
                Fields("hold", _id, Seconds(_options.TimeLimit + Allowance), Seconds(_options.Grace), $"{file.Length}"),
                CancellationToken.None
            );
            await file.CopyToAsync(_lifeline, CancellationToken.None);
            var answer = new byte[Ready.Length];
            var length = await _hold.OutputStream.ReadAtLeastAsync(
                answer,
                answer.Length,
                throwOnEndOfStream: false,
                CancellationToken.None
            );
            if (Encoding.ASCII.GetString(answer, 0, length) != Ready)
            {
                await _holding;
                throw Unfit(_host, await errors);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Broken(_host, exception);
        }
    }

    /// <summary>Lets go of the files, which ends what runs in them.</summary>
    private async Task EndAsync()
    {
        try
        {
            if (_lifeline is not null)
            {
                await _lifeline.DisposeAsync();
                await _holding.WaitAsync(_options.Grace + Allowance, TimeProvider.System, CancellationToken.None);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // The build host notices the end of the connection as well.
            _connection.Client.Dispose();
        }
    }

    private int ExitCode(string errors, ProcessEnding ending)
    {
        if (Exit().Match(errors) is { Success: true } exit)
        {
            return int.Parse(exit.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }

        return ending == ProcessEnding.Exited ? throw Vanished(_host, errors) : 0;
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        var tail = new OutputTail(TailLength);
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            tail.Append(buffer.AsSpan(0, read));
        }

        return tail.ToString();
    }

    private static byte[] Fields(params IReadOnlyList<string> fields) =>
        Encoding.UTF8.GetBytes(string.Concat(fields.Prepend(Form).Select(field => field + '\0')));

    private static string Seconds(TimeSpan time) =>
        ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static bool IsBroken(Exception exception) =>
        SshConnections.IsBroken(exception) || exception is TimeoutException;

    private static CanaryException Broken(BuildHost host, Exception exception) =>
        new(
            SshConnections.HostUnreachable,
            $"The connection to {host.Name} broke: {exception.Message}",
            $"Look at sshd's log on {host.Name}.",
            exception
        );

    private static CanaryException Vanished(BuildHost host, string said) =>
        new(
            SshConnections.HostUnreachable,
            $"{host.Name} gave the build up: {Excerpt(said)}",
            $"Look at sshd's log, and for a lack of memory or space, on {host.Name}."
        );

    private static CanaryException Unfit(BuildHost host, string said) =>
        new(
            "build-host-unfit",
            $"{host.Name} cannot build: {Excerpt(said)}",
            $"Correct that there, or run hosts/install-build-host.sh of this version of Canary on {host.Name}."
        );

    private static string Excerpt(string said)
    {
        var text = PrintableText.Of(said.Trim());
        return text.Length == 0 ? "it does not say why."
            : text.Length > QuotedCharacters ? $"…{text[^QuotedCharacters..]}"
            : text;
    }

    [GeneratedRegex(@"^exit (\d{1,3})$", RegexOptions.Multiline | RegexOptions.RightToLeft)]
    private static partial Regex Exit();

    /// <summary>Passes output on until there is too much of it.</summary>
    private sealed class LimitedOutput(ScriptRun run, Action stop)
    {
        private readonly OutputTail _tail = new(TailLength);
        private long _total;
        private ExceptionDispatchInfo? _notTaken;

        public bool LimitPassed => Interlocked.Read(ref _total) > run.OutputLimit;

        public string Tail => _tail.ToString();

        public bool IsNotTaken => _notTaken is not null;

        /// <summary>The trouble is here, not with the connection: the log cannot grow.</summary>
        public void ThrowIfNotTaken() => _notTaken?.Throw();

        public async Task TakeAsync(Stream stream)
        {
            var buffer = new byte[16 << 10];
            int read;
            while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
            {
                var room = run.OutputLimit - (Interlocked.Add(ref _total, read) - read);
                var accepted = buffer.AsMemory(0, (int)Math.Clamp(room, 0, read));
                if (!accepted.IsEmpty && !IsNotTaken)
                {
                    _tail.Append(accepted.Span);
                    await PassOnAsync(accepted);
                }

                if (accepted.Length < read)
                {
                    stop();
                }
            }
        }

        private async Task PassOnAsync(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                await run.Output(bytes);
            }
            catch (Exception exception)
            {
                _notTaken = ExceptionDispatchInfo.Capture(exception);
                stop();
            }
        }
    }
}
