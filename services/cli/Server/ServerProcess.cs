using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Canary.Cli.Api;
using Canary.Cli.Hosts;
using Canary.Cli.Local;

namespace Canary.Cli.Server;

/// <summary>The all-in-one host as a background process of this machine.</summary>
internal static class ServerProcess
{
    public const string Program = "canary-server";
    public const string DefaultListen = "http://127.0.0.1:8480";
    public const string AnyListen = "http://127.0.0.1:0";

    private const int LogLines = 20;
    private const long LeastSpace = 64 << 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(50);

    // The server must outlive this program and its terminal, and write where people find it. setsid and the redirection
    // are all that the shell does; names come as arguments, never as text of the script.
    private const string Detach = "log=$1; shift; exec setsid -- \"$@\" </dev/null >>\"$log\" 2>&1";

    public static string LogPath(string dataDirectory) => Path.Combine(dataDirectory, "canary-server.log");

    /// <summary>Fingerprint of the key that signs the packages of a server of this machine; <c>null</c>: it is not there, or not for
    /// this user to read.</summary>
    public static string? FingerprintIn(string dataDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(dataDirectory, "repository-publisher", "fingerprint")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The usual address, or any where another program has it.</summary>
    public static string FreeListen()
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, new Uri(DefaultListen).Port);
            probe.Start();
            return DefaultListen;
        }
        catch (SocketException)
        {
            return AnyListen;
        }
    }

    /// <summary>The server that wrote <c>server.json</c>, if it still runs.</summary>
    public static async Task<ServerFile?> FindRunningAsync(ServerLocator locator, CancellationToken cancellation)
    {
        if (locator.ReadServerFile() is not { } file || !Signals.IsAlive(file.Pid))
        {
            return null;
        }
        using var client = new CanaryClient(new ServerLocator(null, null, locator.DataDirectory));
        return IsServer(file.Pid) || await client.IsReadyAsync(cancellation) ? file : null;
    }

    /// <summary>The same run with the data directory that a configuration file names, unless a person names one.</summary>
    public static async Task<Session> WithDataOfAsync(
        Session session,
        string? configuration,
        CancellationToken cancellation
    )
    {
        if (configuration is null || session.NamesDataDirectory)
        {
            return session;
        }

        var program = Find(session.Environment.Variable("PATH"));
        var told = await Tool.TryRunAsync(
            program,
            ["--config", configuration, "--show-data"],
            cancellation,
            session.Environment.WorkingDirectory
        );
        return told is { Succeeded: true }
            ? session.At(told.Output.Trim())
            : throw new CliException(
                ExitCodes.Unreachable,
                CliCodes.ServerStartFailed,
                $"{program} does not take {configuration}: {told?.Error.Trim()}",
                "Mend what it names, then start it again."
            );
    }

    /// <summary>Starts it and waits until it takes requests.</summary>
    /// <param name="session">Where its data is.</param>
    /// <param name="listen">Its address; <c>null</c>: as its configuration says.</param>
    /// <param name="configuration">Its configuration file.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ServerFile> StartAsync(
        Session session,
        string? listen,
        string? configuration,
        CancellationToken cancellation
    )
    {
        var data = session.Locator.DataDirectory;
        var program = Find(session.Environment.Variable("PATH"));
        var log = LogPath(data);
        RefuseDataOfAnotherUser(data);
        MakePrivate(data);
        var logStart = File.Exists(log) ? new FileInfo(log).Length : 0;

        List<string> arguments = ["-c", Detach, "canary", log, program, "--data", data];
        if (listen is not null)
        {
            arguments.AddRange(["--listen", listen]);
        }
        if (configuration is not null)
        {
            arguments.AddRange(["--config", configuration]);
        }
        using var process =
            Process.Start(new ProcessStartInfo("/bin/sh", arguments) { WorkingDirectory = "/" })
            ?? throw new InvalidOperationException("/bin/sh did not start.");

        try
        {
            await WaitUntilReadyAsync(session, process, log, logStart, cancellation);
        }
        catch (Exception) when (!process.HasExited)
        {
            Signals.TryTerminate(process.Id);
            throw;
        }
        return session.Locator.ReadServerFile()!;
    }

    /// <summary>Asks it to end and waits until it has.</summary>
    public static async Task StopAsync(ServerFile server, TimeProvider time, CancellationToken cancellation)
    {
        if (Signals.IsAlive(server.Pid) && !Signals.TryTerminate(server.Pid))
        {
            throw new CliException(
                ExitCodes.NotAllowed,
                CliCodes.NotOurServer,
                $"The server (process {server.Pid}) belongs to another user.",
                "Stop it as that user."
            );
        }

        var start = time.GetTimestamp();
        while (Signals.IsAlive(server.Pid))
        {
            if (time.GetElapsedTime(start) > StopLimit)
            {
                throw new CliException(
                    ExitCodes.TimedOut,
                    CliCodes.ServerDoesNotStop,
                    $"The server (process {server.Pid}) did not end within {StopLimit.TotalSeconds:0} seconds.",
                    $"Look into its log, or end it with 'kill -9 {server.Pid}': unfinished releases go on at the next start."
                );
            }
            await Task.Delay(PollTime, time, cancellation);
        }
    }

    /// <summary>Whether the process is our server: a process id is soon someone else's.</summary>
    public static bool IsServer(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(Program, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Next to this program, in the clone's build output, or in the PATH.</summary>
    public static string Find(string? path)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        // artifacts/bin/PROJECT/CONFIGURATION/ is where a clone builds to.
        var built = Path.Combine(here.Parent?.Parent?.FullName ?? "/", "Canary.AllInOne", here.Name, Program);
        return new[] { Path.Combine(here.FullName, Program), built }.FirstOrDefault(File.Exists)
            ?? Tool.Find(Program, path)
            ?? throw CliException.Usage(
                CliCodes.ServerProgramMissing,
                $"There is no {Program} beside this program, in {Path.GetDirectoryName(built)}, or in the PATH.",
                "In a clone, build it: dotnet build services/all-in-one. Or name a server that runs: --server URL."
            );
    }

    private static async Task WaitUntilReadyAsync(
        Session session,
        Process process,
        string log,
        long logStart,
        CancellationToken cancellation
    )
    {
        var start = session.Time.GetTimestamp();
        while (true)
        {
            var isUp = session.Locator.ReadServerFile()?.Pid == process.Id;
            if (isUp && await session.Client.IsReadyAsync(cancellation))
            {
                return;
            }
            if (process.HasExited)
            {
                throw Failed($"The server ended at once (exit code {process.ExitCode}).", log, logStart);
            }
            if (session.Time.GetElapsedTime(start) > StartLimit)
            {
                throw Failed($"The server was not ready within {StartLimit.TotalSeconds:0} seconds.", log, logStart);
            }
            await Task.Delay(PollTime, session.Time, cancellation);
        }
    }

    private static CliException Failed(string what, string log, long logStart)
    {
        var lines = TailOf(log, logStart);
        if (lines.Count == 0 && new DriveInfo(Path.GetDirectoryName(log)!).AvailableFreeSpace < LeastSpace)
        {
            return new CliException(
                ExitCodes.Unreachable,
                CliCodes.DataFull,
                $"{what} The file system of {Path.GetDirectoryName(log)} has no space left, not even for its log.",
                "Free space there, or move the data directory to a larger file system; then start it again."
            );
        }

        var said = lines.Count == 0 ? "Its log is empty." : "Its log ends:\n" + string.Join('\n', lines);
        return new CliException(
            ExitCodes.Unreachable,
            CliCodes.ServerStartFailed,
            $"{what} {said}",
            $"Mend what the log names, then start it again. The whole log: {log}"
        );
    }

    public static IReadOnlyList<string> TailOf(string log, long from)
    {
        try
        {
            using var stream = File.OpenRead(log);
            stream.Seek(from, SeekOrigin.Begin);
            using var reader = new StreamReader(stream);
            return [.. reader.ReadToEnd().TrimEnd().Split('\n').Where(IsMessage).TakeLast(LogLines)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // Where in the program an exception came from helps no user.
    private static bool IsMessage(string line) =>
        line.Length > 0 && !line.StartsWith("   at ", StringComparison.Ordinal);

    /// <summary>Root may write anywhere, and whoever it belongs to could not read what root leaves there.</summary>
    private static void RefuseDataOfAnotherUser(string data)
    {
        if (
            Environment.IsPrivilegedProcess
            && Directory.Exists(data)
            && FileRights.OwnerOf(data) is not 0 and var owner
        )
        {
            throw new CliException(
                ExitCodes.NotAllowed,
                CliCodes.DataOfAnotherUser,
                $"The data directory {data} belongs to the user with number {owner}, and a server of root would leave files there.",
                "If Canary is installed as a service: systemctl start canary-server. Else start it as that user, or with another --data."
            );
        }
    }

    private static void MakePrivate(string data)
    {
        try
        {
            Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCodes.NotAllowed,
                CliCodes.DataNotWritable,
                $"The data directory {data} cannot be made.",
                "Give one that you may write to: --data DIR."
            );
        }
    }
}
