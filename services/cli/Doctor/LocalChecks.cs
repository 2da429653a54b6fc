using System.Runtime.InteropServices;
using Canary.Cli.Api;
using Canary.Cli.Local;
using Canary.Cli.Server;
using Canary.Processes;

namespace Canary.Cli.Doctor;

/// <summary>What this machine must have to run the all-in-one host with local hosts.</summary>
internal sealed class LocalChecks(Session session)
{
    private const long LeastFreeSpace = 1L << 30;

    public async Task<IReadOnlyList<Check>> RunAsync(CancellationToken cancellation) =>
        [
            .. await ToolsAsync(cancellation),
            Runtime(),
            .. await HasServerAsync(cancellation) ? (Check[])[] : [await IsolationAsync(cancellation)],
            DataDirectory(),
            FreeSpace(),
            await PortAsync(cancellation),
        ];

    /// <summary>Whether scripts and simulated hosts can be kept apart from this machine.</summary>
    public async Task<Check> IsolationAsync(CancellationToken cancellation)
    {
        const string name = "isolation";
        return await Isolation.WhyNotAsync(session.Environment.Variable("PATH"), cancellation) is { } reason
            ? Failed(
                name,
                $"This machine does not let scripts and simulated hosts be kept apart from it ({UserNamespaces.Explain(reason)}).",
                UserNamespaces.HowToAllow(reason)
            )
            : Ok(name, "Scripts and simulated hosts can be kept apart from this machine.");
    }

    /// <summary>A server tells itself whether it can keep things apart, and knows whether it is meant to.</summary>
    private async Task<bool> HasServerAsync(CancellationToken cancellation) =>
        session.Locator.IsExplicit || await ServerProcess.FindRunningAsync(session.Locator, cancellation) is not null;

    /// <summary>The programs that a release to local hosts calls.</summary>
    public async Task<IReadOnlyList<Check>> ToolsAsync(CancellationToken cancellation) =>
        [
            await ProgramAsync("git", "git", cancellation),
            await ProgramAsync("apt-get", "apt", cancellation),
            await ProgramAsync("dpkg", "dpkg", cancellation),
            Any("signature check", "gpgv", "gpgv", "sqv"),
            Any("start-stop-daemon", "dpkg", "start-stop-daemon"),
        ];

    private async Task<Check> ProgramAsync(string program, string package, CancellationToken cancellation)
    {
        if (Tool.Find(program, session.Environment.Variable("PATH")) is not { } path)
        {
            return Missing(program, program, package);
        }
        var result = await Tool.TryRunAsync(path, ["--version"], cancellation);
        return result is { Succeeded: true }
            ? Ok(program, result.Output.Split('\n')[0].Trim())
            : Failed(program, $"{path} --version fails.", $"Install it anew: apt-get install --reinstall {package}.");
    }

    private Check Any(string name, string package, params string[] programs)
    {
        var found = programs
            .Select(program => Tool.Find(program, session.Environment.Variable("PATH")))
            .FirstOrDefault(path => path is not null);
        return found is null ? Missing(name, string.Join(" or ", programs), package) : Ok(name, found);
    }

    private static Check Runtime()
    {
        var shared = Path.GetDirectoryName(RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/'))!;
        var aspNet = Path.Combine(Path.GetDirectoryName(shared)!, "Microsoft.AspNetCore.App");
        var version = $"{Environment.Version}";
        // Packages bring the runtime of each program with it.
        if (RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/') == AppContext.BaseDirectory.TrimEnd('/'))
        {
            return Ok("dotnet", $".NET {version}, which comes with the package");
        }

        return
            Directory.Exists(aspNet) && Directory.EnumerateDirectories(aspNet, $"{Environment.Version.Major}.*").Any()
            ? Ok("dotnet", $".NET {version} with ASP.NET Core")
            : Failed(
                "dotnet",
                $".NET {version} is here, but not its ASP.NET Core runtime.",
                $"Install the package aspnetcore-runtime-{Environment.Version.Major}.0, or the SDK."
            );
    }

    private Check DataDirectory()
    {
        const string name = "data directory";
        var data = session.Locator.DataDirectory;
        if (!Directory.Exists(data))
        {
            return Ok(name, $"{data} will be made at the first start.");
        }

        try
        {
            var probe = Path.Combine(data, $".doctor-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(
                name,
                $"{data} cannot be written to: {e.Message}",
                "Run as the user that it belongs to, or give another one with --data DIR."
            );
        }

        const UnixFileMode others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.OtherRead;
        return (File.GetUnixFileMode(data) & others) == 0
            ? Ok(name, data)
            : Failed(name, $"{data} is open to other users.", $"Close it: chmod 700 '{data}'.");
    }

    private Check FreeSpace()
    {
        var directory = session.Locator.DataDirectory;
        while (!Directory.Exists(directory))
        {
            directory = Path.GetDirectoryName(directory)!;
        }
        var free = new DriveInfo(directory).AvailableFreeSpace;
        var detail = $"{free >> 20:N0} MiB free in {directory}";
        return free >= LeastFreeSpace
            ? Ok("disk space", detail)
            : Failed(
                "disk space",
                detail,
                "Make room, 1 GiB at least, or give another data directory with --data DIR."
            );
    }

    private async Task<Check> PortAsync(CancellationToken cancellation)
    {
        const string name = "port";
        var port = new Uri(ServerProcess.DefaultListen).Port;
        if (await ServerProcess.FindRunningAsync(session.Locator, cancellation) is { } server)
        {
            return Ok(name, $"{server.Address} is the server's.");
        }
        return ServerProcess.FreeListen() == ServerProcess.DefaultListen
            ? Ok(name, $"{port} is free.")
            : new Check
            {
                Name = name,
                Status = "warning",
                Detail = $"Another program has port {port}.",
                Remedy = "Start the server on another one: canary server start --listen http://127.0.0.1:PORT.",
            };
    }

    private static Check Ok(string name, string detail) =>
        new()
        {
            Name = name,
            Status = "ok",
            Detail = detail,
        };

    private static Check Failed(string name, string detail, string remedy) =>
        new()
        {
            Name = name,
            Status = "failed",
            Detail = detail,
            Remedy = remedy,
        };

    public static bool IsFailed(Check check) => check.Status == "failed";

    public static Check Missing(string name, string what, string package) =>
        Failed(name, $"There is no {what}.", $"Install it: apt-get install {package}.");
}
