namespace Canary.Cli.Init.Recipes;

/// <summary>Pages that nginx serves, as they are committed or as a generator makes them.</summary>
internal static class StaticRecipe
{
    private static readonly string[] Hugo = ["hugo.toml", "hugo.yaml", "hugo.json"];

    private static readonly string[] Roots = ["public", "site", "www", "html", "dist", "docs"];

    public static Recipe Recipe { get; } = new("static", "A static site behind nginx", SignOf, Draw);

    /// <summary>Whether its Gemfile is there for the generator alone.</summary>
    public static bool IsJekyll(RepositoryFolder folder) => folder.Has("_config.yml") && !folder.Has("config.ru");

    private static string? SignOf(RepositoryFolder folder) =>
        folder.First(["mkdocs.yml", .. Hugo])
        ?? (
            IsJekyll(folder)
                ? "_config.yml"
                : folder.First(["conf.py", "index.html", .. Roots.Select(root => $"{root}/index.html")])
        );

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var (command, output, package) =
            folder.Has("mkdocs.yml") ? ("mkdocs build --strict --site-dir site", "site", "mkdocs")
            : folder.HasAny(Hugo) ? ("hugo --minify --destination public", "public", "hugo")
            : IsJekyll(folder) ? ("jekyll build --destination _site", "_site", "jekyll")
            : folder.Has("conf.py") ? ("sphinx-build -b html . _site", "_site", "python3-sphinx")
            : ("", "", "");
        var draft = new Draft(name)
        {
            Build = command.Length == 0 ? [] : [command],
            BuildPackages = package.Length == 0 ? [] : [package],
        };
        if (output.Length > 0)
        {
            return NginxSite.Add(
                draft with
                {
                    Include = [$"{output}/**"],
                    Only = true,
                },
                output,
                "index.html",
                "=404",
                []
            );
        }

        var root = folder.Has("index.html") ? "." : Roots.FirstOrDefault(it => folder.Has($"{it}/index.html")) ?? ".";
        return NginxSite.Add(
            draft with
            {
                Exclude = [".git*", "/canary.yml", "/nginx", "/script"],
            },
            root,
            "index.html",
            "=404",
            []
        );
    }
}
