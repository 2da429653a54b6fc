using System.Diagnostics;
using Canary.Testing.Machines;

namespace Canary.Recipes.Tests;

/// <summary><c>./build.sh recipes</c></summary>
internal static class RecipesCommand
{
    private static readonly string[] Suites = ["bookworm", "trixie"];

    public static async Task<int> RunAsync(string[] options)
    {
        var suites = Chosen(Suites, options);
        var programs = Chosen(Programs.All, options);
        if (options.Any(option => !Suites.Contains(option) && Programs.All.All(program => program.Name != option)))
        {
            await Console.Error.WriteLineAsync(
                $"""
                Usage: ./build.sh recipes [DEBIAN]... [PROGRAM]...
                Debian: {string.Join(", ", Suites)}. Default: each
                Programs: {string.Join(", ", Programs.All)}. Default: all
                """
            );
            return 2;
        }

        if (await MachineSet.ObstacleAsync() is { } obstacle)
        {
            await Console.Error.WriteLineAsync(obstacle);
            return 1;
        }

        var failed = 0;
        foreach (var suite in suites)
        {
            failed += await RunAsync(suite, [.. programs.Where(it => suite == Suites[0] || !it.IsForOneRelease)]);
        }

        return failed == 0 ? 0 : 1;
    }

    private static IReadOnlyList<T> Chosen<T>(IReadOnlyList<T> all, string[] options)
        where T : notnull => all.Where(it => options.Contains(it.ToString())).ToList() is [_, ..] chosen ? chosen : all;

    /// <returns>How many did not go well.</returns>
    private static async Task<int> RunAsync(string suite, IReadOnlyList<RealProgram> programs)
    {
        if (programs.Count == 0)
        {
            return 0;
        }

        var failed = 0;
        await using var world = await RecipeWorld.StartAsync(suite);
        foreach (var program in programs)
        {
            var stopwatch = Stopwatch.StartNew();
            try
            {
                await new RecipeRun(world, program, line => Console.WriteLine($"{suite}: {line}")).RunAsync();
                Console.WriteLine($"{suite}: {program.Name} passed in {stopwatch.Elapsed.TotalSeconds:F0} s");
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The others are tried as well.
                failed++;
                await Console.Error.WriteLineAsync($"{suite}: {program.Name} FAILED\n{exception}");
            }
        }

        return failed;
    }
}
