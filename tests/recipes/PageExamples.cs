using Canary.Testing.Recipes;

namespace Canary.Recipes.Tests;

/// <summary>Of languages whose programs no registry offers here in two versions: the examples of the pages, with the files that
/// <c>canary init</c> writes for them.</summary>
internal static class PageExamples
{
    /// <summary>What the examples are called on their pages, and what their pages say.</summary>
    private const string Name = "shop";

    private const string Greeting = "Welcome";

    public static RealProgram Go { get; } = Example("go", "golang-go") with { Known = ["statically-linked-binary"] };

    public static RealProgram Rust { get; } = Example("rust", "cargo");

    private static RealProgram Example(string page, string compiler) =>
        new($"{Name}-in-{page}", page)
        {
            IsOfThePage = true,
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync(compiler);
                var greeting = $"Hello {version}";
                foreach (var (path, content) in RecipePage.Read(page).WithName($"{Name}-in-{page}").Program)
                {
                    var file = Path.Combine(to, path);
                    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                    await File.WriteAllTextAsync(
                        file,
                        // As long as the other one, whose length the example of Rust says.
                        content.Replace(Greeting, greeting, StringComparison.Ordinal)
                    );
                }

                return greeting;
            },
            Units = [$"{Name}-in-{page}.service"],
            Page = "/",
        };
}
