using System.Globalization;
using Canary.Testing;

namespace Canary.Benchmarks.Ssh;

/// <summary>One question to each host of a fleet over SSH, in turns with the programs that people use for it: with new connections, and over
/// those that are kept. One sshd on this machine stands for all hosts, and what it does counts for all alike.</summary>
internal sealed class SshQuestions : IBenchmark
{
    private const double LoadOfGoal = 5;

    public string Name => "ssh";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        if (!File.Exists("/usr/sbin/sshd"))
        {
            rows.Add(Row.Skipped("a question to each host over SSH", "ms", "openssh-server is not installed"));
            return;
        }

        using var keys = new TempDirectory();
        var key = keys.Combine("deployer");
        await ProcessRunner.OutputOfAsync(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-f", key],
            cancellationToken: cancellationToken
        );
        await using var fleet = await SshFleet.StartAsync(key, cancellationToken);
        int[] sizes = settings.Quick ? [20] : [50, 200, 1000];
        foreach (var size in sizes)
        {
            await CompareAsync(fleet, size, settings.Repetitions(full: 3, quick: 1), rows, cancellationToken);
        }

        int[] fleets = settings.Quick ? [50] : [1000, 3000];
        foreach (var size in fleets)
        {
            await WeighAsync(fleet, size, rows, cancellationToken);
        }
    }

    private static async Task CompareAsync(
        SshFleet fleet,
        int hosts,
        int times,
        Rows rows,
        CancellationToken cancellationToken
    )
    {
        var (cold, plain, pssh) = (new List<SshAsker.Asked>(), new List<double>(), new List<double>());
        var (warm, kept) = (new List<SshAsker.Asked>(), new List<double>());
        await fleet.AskAsync(hosts, fleet.Kept, cancellationToken);
        for (var i = 0; i < times; i++)
        {
            await using (var asker = SshAsker.Start(fleet))
            {
                // What is compiled at the first login is a matter of the start.
                await asker.AskAsync(1, cancellationToken);
                cold.Add(await asker.AskAsync(hosts, cancellationToken));
                await asker.AskAsync(hosts, cancellationToken);
                warm.Add(await asker.AskAsync(hosts, cancellationToken));
            }

            plain.Add((await fleet.AskAsync(hosts, SshFleet.Plain, cancellationToken)).TotalMilliseconds);
            kept.Add((await fleet.AskAsync(hosts, fleet.Kept, cancellationToken)).TotalMilliseconds);
            if (IsThere("parallel-ssh"))
            {
                pssh.Add((await fleet.AskByPsshAsync(hosts, cancellationToken)).TotalMilliseconds);
            }
        }

        await fleet.HangUpAsync(hosts);
        var ours = RowOf($"{hosts} hosts, new connections", cold.Select(asked => asked.Wall));
        var theirs = RowOf("  ssh with curve25519, in turns", plain);
        rows.Add(ours with { Goal = theirs.Median, Note = Ratio(ours, theirs, "ssh") });
        rows.Add(theirs);
        rows.Add(
            pssh.Count > 0
                ? RowOf("  pssh, in turns", pssh)
                : Row.Skipped("  pssh, in turns", "ms", "pssh is not installed")
        );
        rows.Add(Load("  our own processor time for each host", cold));
        ours = RowOf($"{hosts} hosts, connections kept", warm.Select(asked => asked.Wall));
        theirs = RowOf("  ssh with ControlMaster, in turns", kept);
        rows.Add(ours with { Goal = theirs.Median, Note = Ratio(ours, theirs, "ssh") });
        rows.Add(theirs);
        rows.Add(Load("  our own processor time for each host", warm) with { Goal = LoadOfGoal });
    }

    private static async Task WeighAsync(SshFleet fleet, int hosts, Rows rows, CancellationToken cancellationToken)
    {
        await using var asker = SshAsker.Start(fleet);
        await asker.AskAsync(50, cancellationToken);
        var before = asker.Memory.Resident;
        await asker.AskAsync(hosts, cancellationToken);
        await asker.AskAsync(hosts, cancellationToken);
        rows.Add(
            new Row($"{hosts} connections kept: resident memory", "MB", [Math.Round(asker.Memory.Resident - before, 1)])
            {
                Note = "beyond that of 50",
            }
        );
    }

    private static Row RowOf(string name, IEnumerable<double> samples) =>
        new(name, "ms", [.. samples.Select(sample => Math.Round(sample, 1))]);

    private static Row Load(string name, IEnumerable<SshAsker.Asked> asked) =>
        new(name, "ms", [.. asked.Select(one => Math.Round(one.Processor, 2))]);

    private static string Ratio(Row ours, Row theirs, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{ours.Median / theirs.Median:0.00} of {name}");

    private static bool IsThere(string program) => File.Exists(Path.Combine("/usr/bin", program));
}
