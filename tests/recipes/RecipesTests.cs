using Canary.Testing.Machines;

namespace Canary.Recipes.Tests;

/// <summary>Real programs go to real hosts by what the documentation says.</summary>
public sealed class RecipesTests
{
    /// <summary>The others are for <c>./build.sh recipes</c>.</summary>
    private static readonly string[] Short = ["http-server"];

    [Fact]
    public async Task Programs_are_released_updated_rolled_back_and_purged()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var world = await RecipeWorld.StartAsync("bookworm");
        foreach (var program in Short)
        {
            await new RecipeRun(world, Programs.Find(program), TestContext.Current.SendDiagnosticMessage).RunAsync();
        }
    }
}
