using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Canary.Cli.Local;
using Canary.Cli.Server;

namespace Canary.Cli.Demo;

/// <summary>A host of the demo: a package root on this machine, whose service listens on a port of its own.</summary>
internal sealed record DemoHost(string Name, bool IsCanary, int Port)
{
    public string Channel => IsCanary ? "canary" : "production";
}

/// <summary>What a look at a host shows: what dpkg has installed, and what answers on the port.</summary>
internal sealed record Sight(DemoHost Host, string? Package, string? Answer);

/// <summary>One canary and three production hosts, looked at from outside: by HTTP and by their dpkg databases.</summary>
internal sealed class DemoFleet(string directory, IReadOnlyList<DemoHost> hosts) : IDisposable
{
    public const string Application = "shop";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = new() { Timeout = AnswerLimit };

    public IReadOnlyList<DemoHost> Hosts { get; } = hosts;

    public IEnumerable<DemoHost> Production => Hosts.Where(host => !host.IsCanary);

    public static IReadOnlyList<DemoHost> CreateHosts()
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

    public async Task<IReadOnlyList<Sight>> LookAsync(string? path, CancellationToken cancellation)
    {
        var sights = new List<Sight>();
        foreach (var host in Hosts)
        {
            sights.Add(
                new(host, await PackageOnAsync(host, path, cancellation), await AnswerOfAsync(host, cancellation))
            );
        }
        return sights;
    }

    /// <summary>The version that answers, or <c>null</c>.</summary>
    public async Task<string?> AnswerOfAsync(DemoHost host, CancellationToken cancellation)
    {
        try
        {
            var answer = await http.GetStringAsync(new Uri($"http://127.0.0.1:{host.Port}/version"), cancellation);
            return answer.Trim();
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Whether dpkg on the host ever did anything with a version.</summary>
    public bool HasSeen(DemoHost host, string? version)
    {
        var log = Path.Combine(directory, host.Name, "var", "log", "dpkg.log");
        return version is null
            || !File.Exists(log)
            || File.ReadLines(log).Any(line => line.Contains(version, StringComparison.Ordinal));
    }

    /// <summary>The versions of the application that a suite lists.</summary>
    public async Task<IReadOnlyList<string>> VersionsInAsync(Uri server, string suite, CancellationToken cancellation)
    {
        var index = new Uri(server, $"repository/dists/{suite}/main/binary-all/Packages.gz");
        await using var compressed = await http.GetStreamAsync(index, cancellation);
        await using var packages = new GZipStream(compressed, CompressionMode.Decompress);
        using var reader = new StreamReader(packages);
        const string field = "Version: ";
        var text = await reader.ReadToEndAsync(cancellation);
        return
        [
            .. text.Split('\n')
                .Where(line => line.StartsWith(field, StringComparison.Ordinal))
                .Select(line => line[field.Length..]),
        ];
    }

    /// <summary>Ends the services that packages started: every process whose program lies in one of the roots.</summary>
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

    public void Dispose() => http.Dispose();

    private async Task<string?> PackageOnAsync(DemoHost host, string? path, CancellationToken cancellation)
    {
        var database = Path.Combine(directory, host.Name, "var", "lib", "dpkg");
        var query = await Tool.TryRunAsync(
            Tool.Find("dpkg-query", path) ?? "dpkg-query",
            ["--admindir", database, "--show", "--showformat", "${db:Status-Abbrev}${Version}", Application],
            cancellation
        );
        return query is { Succeeded: true } && query.Output.StartsWith("ii ", StringComparison.Ordinal)
            ? query.Output[3..].Trim()
            : null;
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
