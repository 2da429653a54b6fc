using Canary.Testing.Machines;

namespace Canary.Recipes.Tests;

/// <summary><c>./build.sh recipes</c></summary>
internal static class RecipesCommand
{
    private static readonly string[] Suites = ["bookworm", "trixie"];

    public static async Task<int> RunAsync(string[] options)
    {
        var programs = Programs.All.Where(program => options.Length == 0 || options.Contains(program.Name)).ToList();
        if (programs.Count < options.Length)
        {
            await Console.Error.WriteLineAsync(
                $"Usage: ./build.sh recipes [PROGRAM]...\nPrograms: {string.Join(", ", Programs.All)}. Default: all"
            );
            return 2;
        }

        if (await MachineSet.ObstacleAsync() is { } obstacle)
        {
            await Console.Error.WriteLineAsync(obstacle);
            return 1;
        }

        var failed = 0;
        foreach (var suite in Suites)
        {
            failed += await RunAsync(suite, [.. programs.Where(it => suite == Suites[0] || !it.IsForOneRelease)]);
        }

        return failed == 0 ? 0 : 1;
    }

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
            try
            {
                await new RecipeRun(world, program, line => Console.WriteLine($"{suite}: {line}")).RunAsync();
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
