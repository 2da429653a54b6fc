using System.Net;
using System.Net.Sockets;
using Canary.Cli.Local;
using Canary.Cli.Server;

namespace Canary.Cli.Demo;

/// <summary>Hosts that are package roots on this machine, each with its service on a port of its own.</summary>
internal sealed class LocalFleet(string directory, string? path) : DemoFleet(CreateHosts())
{
    private static IReadOnlyList<DemoHost> CreateHosts()
    {
        var ports = FreePorts(4);
        return
        [
            new("canary-1", IsCanary: true, ports[0]),
            new("web-1", IsCanary: false, ports[1]),
            new("web-2", IsCanary: false, ports[2]),
            new("web-3", IsCanary: false, ports[3]),
        ];
    }

    public string Inventory() =>
        "hosts:\n"
        + string.Concat(
            Hosts.Select(host =>
                $"  - name: {host.Name}\n    channel: {host.Channel}\n    applications: [{Application}]\n"
                + $"    variables: {{ port: {host.Port} }}\n"
            )
        );

    /// <summary>Whether anything runs on hosts in the directory.</summary>
    public static bool HasServices(string directory) => ServicesIn(directory).Any();

    /// <summary>Ends the services that packages started: each host's init, with all that runs there, and every process whose
    /// program lies in one of the roots.</summary>
    public static async Task StopServicesAsync(string directory, TimeProvider time)
    {
        var limit = TimeSpan.FromSeconds(5);
        var start = time.GetTimestamp();
        while (ServicesIn(directory).ToList() is { Count: > 0 } services)
        {
            var patient = time.GetElapsedTime(start) < limit;
            foreach (var pid in services)
            {
                _ = patient ? Signals.TryTerminate(pid) : Signals.TryKill(pid);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        }
    }

    protected override async Task<string?> PackageStatusAsync(DemoHost host, CancellationToken cancellation)
    {
        var database = Path.Combine(directory, host.Name, "var", "lib", "dpkg");
        var query = await Tool.TryRunAsync(
            Tool.Find("dpkg-query", path) ?? "dpkg-query",
            ["--admindir", database, "--show", "--showformat", StatusFormat, Application],
            cancellation
        );
        return query is { Succeeded: true } ? query.Output : null;
    }

    protected override async Task<string?> PackageLogAsync(DemoHost host, CancellationToken cancellation)
    {
        var log = Path.Combine(directory, host.Name, "var", "log", "dpkg.log");
        return File.Exists(log) ? await File.ReadAllTextAsync(log, cancellation) : null;
    }

    private static IEnumerable<int> ServicesIn(string directory)
    {
        var root = directory.TrimEnd('/') + "/";
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), out var pid) || pid == Environment.ProcessId)
            {
                continue;
            }
            string[] words;
            try
            {
                words = File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            // The program, or the script that an interpreter runs.
            if (words.Take(2).Any(word => word.StartsWith(root, StringComparison.Ordinal)) && Signals.IsAlive(pid))
            {
                yield return pid;
            }
        }
    }

    private static int[] FreePorts(int count)
    {
        // All at once, so that they differ.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
