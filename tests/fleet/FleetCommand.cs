using System.Globalization;
using Canary.Cli;
using Canary.Testing.Machines;

namespace Canary.Fleet.Tests;

/// <summary><c>./build.sh fleet</c></summary>
internal static class FleetCommand
{
    private const string Usage = """
        Usage: ./build.sh fleet [--seed N]... [--hosts N]
          --seed   decides the order of rounds and what breaks in which: a whole number; several run one after the other. Default: 1
          --hosts  how many hosts there are, two canaries among them: 4 to 50. Default: 12
        """;

    public static async Task<int> RunAsync(string[] options)
    {
        var seeds = new List<int>();
        var hosts = 12;
        for (var i = 0; i < options.Length; i += 2)
        {
            var isNumber = int.TryParse(
                i + 1 < options.Length ? options[i + 1] : "",
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            );
            if (options[i] == "--seed" && isNumber)
            {
                seeds.Add(number);
            }
            else if (options[i] == "--hosts" && isNumber && number is >= 4 and <= 50)
            {
                hosts = number;
            }
            else
            {
                await Console.Error.WriteLineAsync(Usage);
                return 2;
            }
        }

        if (await MachineSet.ObstacleAsync() is { } obstacle)
        {
            await Console.Error.WriteLineAsync(obstacle);
            return 1;
        }

        using var interruption = new Interruption();
        var passed = true;
        try
        {
            foreach (var seed in seeds.DefaultIfEmpty(1))
            {
                var report = await new FleetRun(
                    FleetSettings.Long(seed, hosts),
                    SourceTree.PathOf("artifacts", "fleet", $"seed-{seed}"),
                    Console.WriteLine
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
