using Canary.Cli.Init.Recipes;

namespace Canary.Cli.Init;

/// <summary>How programs of one kind become packages. Its page is <c>docs/recipes/NAME.md</c>.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Title">What it is for.</param>
/// <param name="Recognize">What of a repository shows that it is one of these; <c>null</c>: it is none.</param>
/// <param name="Draw">What it would write for a repository, for a package of that name.</param>
internal sealed record Recipe(
    string Name,
    string Title,
    Func<RepositoryFolder, string?> Recognize,
    Func<RepositoryFolder, string, Draft> Draw
)
{
    /// <summary>All of them; of several that recognize a repository, the first is taken. What is often there for a front end comes
    /// after what it is the front end of.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        DotNetRecipe.Recipe,
        GoRecipe.Recipe,
        RustRecipe.Recipe,
        JavaRecipe.Recipe,
        PhpRecipe.Recipe,
        RubyRecipe.Recipe,
        PythonRecipe.Recipe,
        PerlRecipe.Recipe,
        NodeRecipe.Bundler,
        NodeRecipe.Recipe,
        CRecipe.Recipe,
        TimerRecipe.Recipe,
        StaticRecipe.Recipe,
        PlainRecipe.Recipe,
    ];

    /// <exception cref="CliException">There is none of that name.</exception>
    public static Recipe Named(string name) =>
        All.FirstOrDefault(recipe => recipe.Name == name)
        ?? throw CliException.Usage(
            CliCodes.RecipeUnknown,
            $"There is no recipe '{name}'.",
            $"There are {string.Join(", ", All.Select(recipe => recipe.Name))}: canary init --list."
        );

    /// <summary>That of a repository, and what shows it.</summary>
    public static (Recipe Recipe, string Reason) Of(RepositoryFolder folder) =>
        All.Select(recipe => (Recipe: recipe, Reason: recipe.Recognize(folder)))
            .Where(it => it.Reason is not null)
            .Select(it => (it.Recipe, it.Reason!))
            .First();
}
