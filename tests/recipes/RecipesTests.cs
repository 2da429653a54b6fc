using Canary.Testing.Machines;
using Canary.Testing.Recipes;

namespace Canary.Recipes.Tests;

/// <summary>Real programs go to real hosts by what the documentation says.</summary>
public sealed class RecipesTests
{
    /// <summary>One with what its build installs, one with large files, and a job. The others are for <c>./build.sh recipes</c>.</summary>
    private static readonly string[] Short = ["http-server", "swagger-ui-dist", "rsnapshot"];

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

    [Fact]
    public void Programs_are_those_that_the_pages_have_files_for() =>
        Programs
            .All.Where(program => !program.IsOfThePage)
            .Select(program => (program.Recipe, program.Name))
            .ShouldBe(
                RecipePage.Names.SelectMany(page =>
                    RecipePage.Read(page).RealPrograms.Keys.Select(name => (page, name))
                ),
                ignoreOrder: true
            );

    [Fact]
    public void Files_of_a_page_are_the_blocks_below_their_names()
    {
        const string text = """
            # Page

            Other blocks are no files:

            ```yaml
            a: 1
            `b.yml`:
            ```

            `b.yml`:

            ```yaml
            b: `2`

            c: 3
            ```

            `script/cibuild`:
            ```sh
            #!/bin/sh
            ```
            """;

        RecipePage
            .Parse("page", text)
            .Files.ShouldBe(
                new Dictionary<string, string> { ["b.yml"] = "b: `2`\n\nc: 3\n", ["script/cibuild"] = "#!/bin/sh\n" },
                ignoreOrder: true
            );
    }

    [Theory]
    [InlineData("`a`:\n\ntext\n")]
    [InlineData("`a`:\n")]
    [InlineData("`a`:\n```\n```\n`a`:\n```\n```\n")]
    public void A_page_that_leaves_a_file_open_is_refused(string text) =>
        Should.Throw<FormatException>(() => RecipePage.Parse("page", text));
}
