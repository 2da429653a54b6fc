using System.Globalization;

namespace Canary.Simulation.Tests;

/// <summary><c>./build.sh chaos --year</c></summary>
internal static class YearCommand
{
    private const string Usage = "Usage: ./build.sh chaos --year [--seed N]... [--events N]";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seeds = new List<int>();
        var events = 400;
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var isNumber = int.TryParse(
                arguments.ElementAtOrDefault(i + 1),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            );
            if (isNumber && arguments[i] == "--seed")
            {
                seeds.Add(number);
            }
            else if (isNumber && arguments[i] == "--events")
            {
                events = number;
            }
            else
            {
                await Console.Error.WriteLineAsync(
                    $"{Usage}\n  --seed    decides what happens: a whole number; several run one after the other. Default: 1\n"
                        + "  --events  what happens in the year, all in all. Default: 400"
                );
                return 2;
            }
        }

        var passed = true;
        foreach (var seed in seeds.DefaultIfEmpty(1))
        {
            var begun = TimeProvider.System.GetTimestamp();
            var report = await Year.RunAsync(seed, events);
            Console.WriteLine(report);
            Console.WriteLine(
                $"Seed {seed}: {report.Violations.Count} violations, in {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s"
            );
            passed &= report.Violations.Count == 0;
        }

        return passed ? 0 : 1;
    }
}
