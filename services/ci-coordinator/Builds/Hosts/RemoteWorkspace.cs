using System.Globalization;
using System.Text;
using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Machines.Ssh;
using Canary.Processes;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>The files of one commit on a build host. It lasts as long as its connection: whatever happens to this process, the
/// build host then ends what still runs and removes the files.</summary>
internal sealed class RemoteWorkspace : IScriptRunner, IBuildCaches, IBuildFiles, IAsyncDisposable
{
    /// <summary>Code of the failure that says that a build host lacks something.</summary>
    public const string Unfit = CiCoordinatorCodes.BuildHostUnfit;

    /// <summary>Code of the failure that says that a build host was lost after it had been logged in to.</summary>
    public const string Lost = CiCoordinatorCodes.BuildHostLost;

    private const int QuotedCharacters = 500;
    private const int KeptAnswer = 1 << 10;

    /// <summary>Exit code of <c>canary-build</c> for a request that it does not know.</summary>
    private const int Refusing = 64;

    /// <summary>Exit code of <c>canary-build</c> where the machine lacks something.</summary>
    private const int Lacking = 65;

    /// <summary>Exit code of <c>canary-build</c> for a build whose files are not held any more.</summary>
    private const int NotHeld = 66;

    /// <summary>Exit code of <c>canary-build</c> where a program needs a sandbox and the machine does without.</summary>
    private const int WithoutSandbox = 67;

    /// <summary>Longest time for sending and unpacking files.</summary>
    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(10);

    /// <summary>For the end of processes that do not end by themselves, and the removal of files.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly BuildHost _host;
    private readonly BuildOptions _options;
    private readonly TimeProvider _time;
    private readonly SshConnections.Lease _connection;
    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly TaskCompletionSource _maySend = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RemoteCommand? _hold;
    private Task _lost = Task.CompletedTask;
    private long _lastSign;
    private bool _isOver;

    private RemoteWorkspace(BuildHost host, SshConnections.Lease connection, BuildOptions options, TimeProvider time)
    {
        _host = host;
        _connection = connection;
        _options = options;
        _time = time;
    }

    /// <summary>Asks a build host whether it has what builds need.</summary>
    /// <exception cref="CanaryException">It cannot be logged in to, or lacks something.</exception>
    public static async Task CheckAsync(
        SshConnections connections,
        BuildHost host,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        await using var connection = await connections.BorrowAsync(host.Target, fresh: true, cancellation);
        try
        {
            using var command = await RemoteCommand.StartAsync(connection.Client, _ => { }, cancellation);
            await command.SendAsync("check").WaitAsync(cancellation);
            command.CloseInput();
            await command.Ended.WaitAsync(cancellation);
            if (command.ExitStatus != 0)
            {
                throw IsUnfit(host, await command.ErrorsAsync(time));
            }
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            throw Broken(host, exception);
        }
    }

    /// <summary>Brings files to a build host.</summary>
    /// <param name="connections">How to get there.</param>
    /// <param name="host">The build host.</param>
    /// <param name="archive">Path of a tar archive with the files.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">The build host cannot be logged in to, or lacks something.</exception>
    public static async Task<RemoteWorkspace> OpenAsync(
        SshConnections connections,
        BuildHost host,
        string archive,
        BuildOptions options,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        await using var files = File.OpenRead(archive);
        var connection = await connections.BorrowAsync(host.Target, fresh: true, cancellation);
        var workspace = new RemoteWorkspace(host, connection, options, time);
        try
        {
            await workspace.FillAsync(files, cancellation);
            return workspace;
        }
        catch (Exception exception)
        {
            await workspace.AbandonAsync();
            cancellation.ThrowIfCancellationRequested();
            throw IsBroken(exception) ? Broken(host, exception) : exception;
        }
    }

    public async Task<ProcessResult> RunAsync(ScriptRun run, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(run.TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var output = new LimitedOutput(run, stop.Cancel);
        var started = _time.GetTimestamp();
        var ending = ProcessEnding.Exited;
        var exitCode = 0;
        try
        {
            (exitCode, ending) = await RunAsync(run, output, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ending =
                cancellation.IsCancellationRequested ? ProcessEnding.Cancelled
                : limit.IsCancellationRequested ? ProcessEnding.TimedOut
                : ProcessEnding.OutputLimit;
            await EndAsync();
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Broken(_host, exception);
        }

        output.Close();
        return new ProcessResult
        {
            Ending = output.LimitPassed ? ProcessEnding.OutputLimit : ending,
            ExitCode = exitCode,
            Duration = _time.GetElapsedTime(started),
            OutputTail = output.Tail,
        };
    }

    public Task<CacheOutcome> RestoreAsync(BuildCache cache, CancellationToken cancellation) =>
        AskAsync(["restore", _id, cache.Name], cancellation);

    public Task<CacheOutcome> KeepAsync(BuildCache cache, CancellationToken cancellation) =>
        AskAsync(["keep", _id, cache.Name, .. cache.Bounds], cancellation);

    public async Task AskAsync(
        FilesRequest request,
        Func<ReadOnlyMemory<byte>, ValueTask> answer,
        CancellationToken cancellation
    )
    {
        using var limit = new CancellationTokenSource(FilesRequest.TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var notTaken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            using var command = await RemoteCommand.StartAsync(_connection.Client, Take, stop.Token);
            await command.SendAsync([request.Verb, _id, .. request.Arguments, .. request.Paths]).WaitAsync(stop.Token);
            command.CloseInput();
            var ended = await Task.WhenAny(command.Ended, notTaken.Task, _lost).WaitAsync(stop.Token);
            await ended;
            if (ended == _lost && !command.Ended.IsCompleted)
            {
                throw Vanished(_host, "its files are not held any more.");
            }

            await command.SettleAsync(_time);
            if (command.ExitStatus is Refusing or Lacking or NotHeld)
            {
                var said = await command.ErrorsAsync(_time);
                throw command.ExitStatus == NotHeld ? Vanished(_host, said) : IsUnfit(_host, said);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Broken(_host, exception);
        }

        void Take(ReadOnlyMemory<byte> bytes)
        {
            if (notTaken.Task.IsCompleted)
            {
                return;
            }

            try
            {
                answer(bytes).AsTask().GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                notTaken.TrySetException(exception);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await AbandonAsync();
    }

    private async Task FillAsync(Stream files, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(FillLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        _lastSign = _time.GetTimestamp();
        _hold = await RemoteCommand.StartAsync(_connection.Client, HearLines(), either.Token);
        _lost = WatchAsync(_hold);
        await UnlessLost(
            _hold.SendAsync(
                "hold",
                _id,
                Seconds(_options.TimeLimit * 2),
                Seconds(_options.Grace),
                Seconds(_options.Hosts.Silence / 4),
                files.Length.ToString(CultureInfo.InvariantCulture)
            )
        );
        await UnlessLost(_maySend.Task);
        await UnlessLost(_hold.SendAsync(files));
        await UnlessLost(_isReady.Task);

        async Task UnlessLost(Task step)
        {
            await Task.WhenAny(step, _lost).WaitAsync(either.Token);
            if (step.IsCompletedSuccessfully)
            {
                return;
            }

            // A step that failed is most often one whose command has ended, which says why.
            await Task.WhenAny(_lost, Task.Delay(RemoteCommand.Settling, _time, either.Token));
            if (!_lost.IsCompleted)
            {
                await step;
            }

            await _lost;
            throw IsUnfit(_host, await _hold.ErrorsAsync(_time));
        }
    }

    private async Task<(int ExitCode, ProcessEnding Ending)> RunAsync(
        ScriptRun run,
        LimitedOutput output,
        CancellationToken stop
    )
    {
        using var command = await RemoteCommand.StartAsync(_connection.Client, output.Take, stop);
        var variables = run.Environment.Select(variable => $"{variable.Key}={variable.Value}");
        // A program of an earlier version does not know it, and runs nothing.
        string[] demands = run.Terms.NeedsSandbox ? ["--sandboxed"] : [];
        var limits = SandboxLimits.Of(run.Terms.Sandbox);
        var secrets = run.Terms.Secrets.Select(secret =>
            $"--secret={secret.Name} {Convert.ToHexStringLower(secret.Content)}"
        );
        await command
            .SendAsync([
                "run",
                _id,
                .. demands,
                .. limits,
                .. secrets,
                .. variables,
                "--",
                .. run.Script.CommandIn("."),
            ])
            .WaitAsync(stop);
        command.CloseInput();
        if (await Task.WhenAny(command.Exit, _lost).WaitAsync(stop) == _lost && !command.Exit.IsCompleted)
        {
            await _lost;
            throw Vanished(_host, "its files are not held any more.");
        }

        if (await command.Exit is { } code)
        {
            await command.SettleAsync(_time);
            return (code, command.Ending);
        }

        await command.Ended.WaitAsync(stop);
        var said = await command.ErrorsAsync(_time);
        throw command.ExitStatus switch
        {
            Lacking => IsUnfit(_host, said),
            WithoutSandbox => ForkBuild.WithoutSandboxOn(_host.Name),
            Refusing when run.Terms.NeedsSandbox => ForkBuild.NoPromiseOf(_host.Name, Excerpt(said)),
            _ => Vanished(_host, said),
        };
    }

    private async Task<CacheOutcome> AskAsync(IReadOnlyList<string> request, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(BuildCache.TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var said = new OutputTail(KeptAnswer);
        try
        {
            using var command = await RemoteCommand.StartAsync(
                _connection.Client,
                bytes => said.Append(bytes.Span),
                stop.Token
            );
            await command.SendAsync(request).WaitAsync(stop.Token);
            command.CloseInput();
            if (await Task.WhenAny(command.Ended, _lost).WaitAsync(stop.Token) == _lost && !command.Ended.IsCompleted)
            {
                await _lost;
                throw Vanished(_host, "its files are not held any more.");
            }

            await command.Ended;
            await command.SettleAsync(_time);
            return CacheOutcome.Read(
                PrintableText.Of(command.ExitStatus == 0 ? said.ToString() : await command.ErrorsAsync(_time))
            );
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Broken(_host, exception);
        }
    }

    /// <summary>Completes when nobody holds the files any more; fails with the reason, if one is known.</summary>
    private async Task WatchAsync(RemoteCommand hold)
    {
        var longest = _options.Hosts.Silence;
        while (!hold.Ended.IsCompleted)
        {
            var silence = _time.GetElapsedTime(Interlocked.Read(ref _lastSign));
            if (silence >= longest)
            {
                throw new CanaryException(
                    Lost,
                    $"{_host.Name} has given no sign of life for {longest.TotalSeconds:0.#} s.",
                    $"Check that {_host.Name} is up, and that nothing in between drops the connection."
                );
            }

            await Task.WhenAny(hold.Ended, Task.Delay(longest - silence, _time));
        }

        await hold.Ended;
    }

    private Action<ReadOnlyMemory<byte>> HearLines()
    {
        var line = new StringBuilder();
        return bytes =>
        {
            Interlocked.Exchange(ref _lastSign, _time.GetTimestamp());
            foreach (var character in bytes.Span)
            {
                if (character != '\n')
                {
                    line.Append((char)character);
                    continue;
                }

                Hear(line.ToString());
                line.Clear();
            }
        };
    }

    private void Hear(string line)
    {
        switch (line)
        {
            case "send":
                _maySend.TrySetResult();
                break;
            case "ready":
                _isReady.TrySetResult();
                break;
        }
    }

    /// <summary>Lets go of the files, and waits until what ran in them has ended.</summary>
    private async Task EndAsync()
    {
        if (_isOver || _hold is null)
        {
            return;
        }

        _isOver = true;
        _hold.CloseInput();
        try
        {
            await _hold.Ended.WaitAsync(_options.Grace + EndLimit, _time);
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // The build host notices the end of the connection as well.
        }
    }

    private ValueTask AbandonAsync()
    {
        _isOver = true;
        _hold?.Dispose();
        return _connection.DisposeAsync();
    }

    private static string Seconds(TimeSpan time) =>
        ((long)Math.Max(Math.Ceiling(time.TotalSeconds), 0)).ToString(CultureInfo.InvariantCulture);

    private static bool IsBroken(Exception exception) =>
        SshConnections.IsBroken(exception) || exception is TimeoutException or OperationCanceledException;

    private static CanaryException Broken(BuildHost host, Exception exception) =>
        new(
            Lost,
            exception is OperationCanceledException or TimeoutException
                ? $"{host.Name} did not answer in time."
                : $"The connection to {host.Name} broke: {exception.Message}",
            $"Look at sshd's log on {host.Name}.",
            exception
        );

    private static CanaryException Vanished(BuildHost host, string said) =>
        new(
            Lost,
            $"{host.Name} gave the build up: {Excerpt(said)}",
            $"Look at sshd's log, and for a lack of memory or space, on {host.Name}."
        );

    private static CanaryException IsUnfit(BuildHost host, string said) =>
        new(
            Unfit,
            $"{host.Name} cannot build: {Excerpt(said)}",
            $"Correct that there, or bring {host.Name} to this version of Canary: upgrade its package canary-build-host, or run "
                + "hosts/install-build-host.sh of this version there."
        );

    private static string Excerpt(string said)
    {
        var text = PrintableText.Of(said.Trim());
        return text.Length == 0 ? "it does not say why."
            : text.Length > QuotedCharacters ? $"…{text[^QuotedCharacters..]}"
            : text;
    }
}
