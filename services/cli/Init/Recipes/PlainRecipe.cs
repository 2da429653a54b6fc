namespace Canary.Cli.Init.Recipes;

/// <summary>Whatever it is: the files of the commit.</summary>
internal static class PlainRecipe
{
    public static Recipe Recipe { get; } =
        new(
            "plain",
            "Anything else: the files of the commit",
            _ => "nothing that another recipe is for",
            (_, name) =>
                new Draft(name) { Steps = ["Name below `depends` in canary.yml what the program needs on hosts."] }
        );
}
