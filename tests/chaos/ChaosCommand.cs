using System.Globalization;
using Canary.Chaos.Tests.Embedded;
using Canary.Cli;

namespace Canary.Chaos.Tests;

/// <summary><c>./build.sh chaos</c></summary>
internal static class ChaosCommand
{
    private const string Embedded = "--embedded";

    private const string Usage = """
        Usage: ./build.sh chaos [--embedded] [--seed N]... [--minutes M]
          --embedded  one server for everything, which is killed in every state
          --seed      decides what happens: a whole number; several run one after the other. Default: 1
          --minutes   how long pushes arrive and things break: more than 0, up to 600. Default: 8
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seeds = new List<int>();
        var minutes = 8.0;
        var isEmbedded = arguments.Contains(Embedded);
        var options = arguments.Where(argument => argument != Embedded).ToArray();
        for (var i = 0; i < options.Length; i += 2)
        {
            var value = i + 1 < options.Length ? options[i + 1] : "";
            if (
                options[i] == "--seed"
                && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            )
            {
                seeds.Add(seed);
            }
            else if (
                options[i] != "--minutes"
                || !double.TryParse(value, CultureInfo.InvariantCulture, out minutes)
                || minutes is <= 0 or > 600
            )
            {
                await Console.Error.WriteLineAsync(Usage);
                return 2;
            }
        }

        using var interruption = new Interruption();
        var passed = true;
        try
        {
            foreach (var seed in seeds.DefaultIfEmpty(1))
            {
                var report = isEmbedded
                    ? await new EmbeddedRun(
                        ChaosSettings.LongEmbedded(seed, minutes),
                        SourceTree.PathOf("artifacts", "chaos", $"embedded-{seed}"),
                        Console.WriteLine
                    ).RunAsync(interruption.Token)
                    : await new ChaosRun(
                        ChaosSettings.Long(seed, minutes),
                        SourceTree.PathOf("artifacts", "chaos", $"seed-{seed}"),
                        Console.WriteLine,
                        programs: SourceTree.PathOf("artifacts", "dist")
                    ).RunAsync(interruption.Token);
                passed &= report.Violations.Count == 0;
            }
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return 130;
        }

        return passed ? 0 : 1;
    }
}
