using System.Globalization;

namespace Canary.Fuzzing.Tests;

/// <summary><c>./build.sh fuzz</c></summary>
internal static class FuzzCommand
{
    private static readonly string Usage = $"""
        Usage: ./build.sh fuzz [--minutes N] [--seed N] [TARGET]...
               ./build.sh fuzz --input FILE TARGET
          TARGET     {string.Join(", ", FuzzTargets.All.Keys)}. Default: all of them, one after the other
          --minutes  how long each: more than 0, up to 600. Default: 10
          --seed     decides what is tried: a whole number. Default: 1
          --input    reads a file once, as it was found
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (minutes, seed, input) = (10.0, 1, (string?)null);
        var targets = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = arguments.ElementAtOrDefault(i + 1);
            var isRight = arguments[i] switch
            {
                "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes)
                    && minutes is > 0 and <= 600,
                "--seed" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed),
                "--input" => (input = value) is not null && File.Exists(input),
                var name => FuzzTargets.All.ContainsKey(name),
            };
            if (!isRight)
            {
                await Console.Error.WriteLineAsync(Usage);
                return 2;
            }

            if (arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                i++;
            }
            else
            {
                targets.Add(arguments[i]);
            }
        }

        if (input is not null)
        {
            return targets is [var only] ? ReadOnce(only, input) : Fail();
        }

        var findings = targets
            .DefaultIfEmpty()
            .SelectMany(target => target is null ? FuzzTargets.All.Keys : [target])
            .Sum(target => new FuzzRun(target, seed, TimeSpan.FromMinutes(minutes)).Run());
        Console.WriteLine($"{findings} findings");
        return findings == 0 ? 0 : 1;

        static int Fail()
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
    }

    private static int ReadOnce(string name, string file)
    {
        using var target = FuzzTargets.All[name]();
        var finding = new Fuzzer(target, [], seed: 1, FuzzRun.Longest).Try(File.ReadAllBytes(file));
        Console.WriteLine(finding?.What ?? "Nothing is wrong with it.");
        return finding is null ? 0 : 1;
    }
}
