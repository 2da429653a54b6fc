using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Canary.Contracts.Deploying;
using Canary.Deployer;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Ssh;
using Canary.Files;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Benchmarks.Ssh;

/// <summary>Asks hosts what they have installed, with the deployer's own classes. A process of its own, so that its time and memory can be told:
/// this program, with hidden arguments. It reads how many hosts to ask from its standard input.</summary>
internal sealed class SshAsker : IAsyncDisposable
{
    /// <summary>First argument of the program.</summary>
    public const string Command = "--ssh-asker";

    private readonly Process _process;

    private SshAsker(Process process) => _process = process;

    public ProcessMemory Memory => new(_process.Id);

    public static SshAsker Start(SshFleet fleet) =>
        new(
            Process.Start(
                new ProcessStartInfo(
                    Environment.ProcessPath!,
                    [Command, fleet.Data, fleet.Port.ToString(CultureInfo.InvariantCulture)]
                )
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!
        );

    /// <summary>Asks some hosts, over connections that it has or makes.</summary>
    public async Task<Asked> AskAsync(int hosts, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(hosts.ToString(CultureInfo.InvariantCulture));
        var answer = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return answer?.Split(' ') is [var wall, var processor]
            ? new Asked(Milliseconds(wall), Milliseconds(processor) / hosts)
            : throw new InvalidOperationException($"The asker ended: {answer}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static async Task RunAsync(string data, int port)
    {
        var options = Options.Create(new DeployerOptions());
        options.Value.Ssh.User = Environment.UserName;
        options.Value.Ssh.MaxConnections = 100_000;
        options.Value.Ssh.KeepConnection = TimeSpan.FromHours(1);
        await using var connections = new SshConnections(
            options.Value.ToSshLogin(),
            new DataDirectory(data),
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        var agent = new HostAgent(
            new SshChannel(connections, options, TimeProvider.System),
            new HostClocks(TimeProvider.System),
            TimeProvider.System
        );
        var concurrency = new ParallelOptions { MaxDegreeOfParallelism = options.Value.HostConcurrency };
        while (int.TryParse(Console.ReadLine(), CultureInfo.InvariantCulture, out var hosts))
        {
            var before = Environment.CpuUsage.TotalTime;
            var wall = await Clock.OfAsync(() =>
                Parallel.ForAsync(
                    0,
                    hosts,
                    concurrency,
                    async (host, stop) => await agent.InspectAsync(HostOf(host, port), "shop", stop)
                )
            );
            var processor = Environment.CpuUsage.TotalTime - before;
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect();
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{wall.TotalMilliseconds} {processor.TotalMilliseconds}")
            );
        }
    }

    private static InventoryHost HostOf(int host, int port) =>
        new()
        {
            Name = SshFleet.AddressOf(host),
            Address = SshFleet.AddressOf(host),
            Channel = Channel.Production,
            Transport = "ssh",
            Ssh = new SshAccess { Port = port },
        };

    private static double Milliseconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <param name="Wall">From the first question to the last answer, in ms.</param>
    /// <param name="Processor">Processor time of the asker for each host, in ms.</param>
    internal sealed record Asked(double Wall, double Processor);
}
