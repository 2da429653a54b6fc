using System.Globalization;
using Canary.Cli;

namespace Canary.Chaos.Tests;

/// <summary><c>./build.sh chaos</c></summary>
internal static class ChaosCommand
{
    private const string Usage = "Usage: ./build.sh chaos [--seed N]... [--minutes M]";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seeds = new List<int>();
        var minutes = 5.0;
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            if (
                arguments[i] == "--seed"
                && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            )
            {
                seeds.Add(seed);
            }
            else if (
                arguments[i] != "--minutes"
                || !double.TryParse(value, CultureInfo.InvariantCulture, out minutes)
                || minutes is <= 0 or > 600
            )
            {
                await Console.Error.WriteLineAsync(
                    $"{Usage}\n  --seed     decides what happens: a whole number; several run one after the other. Default: 1\n"
                        + "  --minutes  how long things break: more than 0, up to 600. Default: 5"
                );
                return 2;
            }
        }

        using var interruption = new Interruption();
        var passed = true;
        try
        {
            foreach (var seed in seeds.DefaultIfEmpty(1))
            {
                var run = new ChaosRun(
                    ChaosSettings.Long(seed, minutes),
                    SourceTree.PathOf("artifacts", "chaos", $"seed-{seed}"),
                    Console.WriteLine,
                    programs: SourceTree.PathOf("artifacts", "dist")
                );
                passed &= (await run.RunAsync(interruption.Token)).Violations.Count == 0;
            }
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return 130;
        }

        return passed ? 0 : 1;
    }
}
