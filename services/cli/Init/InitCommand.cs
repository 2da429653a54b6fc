using System.CommandLine;
using System.Text.RegularExpressions;

namespace Canary.Cli.Init;

/// <summary><c>canary init</c>: what a repository needs to be released, by what can be seen of it.</summary>
internal static partial class InitCommand
{
    private const string DefaultName = "app";

    public static CliCommand Create(CliContext cli)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "The repository; default: the one here.",
            HelpName = "PATH",
            DefaultValueFactory = _ => ".",
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "The recipe to go by; default: the first one that fits what is there.",
            HelpName = "RECIPE",
        };
        recipe.CompletionSources.Add([.. Recipe.All.Select(it => it.Name)]);
        var name = new Option<string?>("--name")
        {
            Description = "Name of the package; default: that of the directory.",
            HelpName = "NAME",
        };
        var force = new Option<bool>("--force") { Description = "Write files anew that are there." };
        var dry = new Option<bool>("--dry-run") { Description = "Print what would be written, and write nothing." };
        var list = new Option<bool>("--list") { Description = "List the recipes." };
        return new CliCommand(
            "init",
            "Write canary.yml and scripts for a repository, by what its files look like: docs/recipes has a page for each kind. What is "
                + "there stays as it is. Nothing of the repository is run, and no server is asked."
        )
        {
            Arguments = { path },
            Options = { recipe, name, force, dry, list },
            Examples = ["canary init --dry-run", "canary init ../shop --recipe python", "canary init --list"],
        }.Runs(
            cli,
            (session, _) =>
            {
                if (session.Value(list))
                {
                    TellRecipes(session);
                    return Task.FromResult(ExitCodes.Ok);
                }

                var directory = Path.GetFullPath(session.Value(path), session.Environment.WorkingDirectory);
                Write(
                    session,
                    directory,
                    session.Value(recipe),
                    session.Value(name),
                    session.Value(dry),
                    session.Value(force)
                );
                return Task.FromResult(ExitCodes.Ok);
            }
        );
    }

    private static void Write(Session session, string directory, string? recipeName, string? name, bool dry, bool force)
    {
        if (!Directory.Exists(directory))
        {
            throw CliException.Usage(
                CliCodes.RepositoryMissing,
                $"There is no directory {directory}.",
                "Give the path of a repository: canary init PATH."
            );
        }

        var folder = new RepositoryFolder(directory);
        var own = NameFrom(Path.GetFileName(folder.Root));
        var (recipe, reason) = recipeName is null ? Recipe.Of(folder) : (Recipe.Named(recipeName), "asked for");
        var draft = Hints.Apply(recipe.Draw(folder, Checked(name) ?? own), folder);
        var target = new RepositoryTarget(folder.Root, force);
        var planned = draft.FilesOf(recipe.Name, named: draft.Name != own);
        // All before any: what is refused leaves nothing half written.
        target.Check(planned);
        var files = planned
            .Select(file => new Output.InitFile(
                file.Path,
                dry
                    ? target.Exists(file) && !force
                        ? "kept"
                        : "planned"
                    : target.Write(file),
                file.IsProgram ? "0755" : "0644",
                file.Content
            ))
            .ToList();
        var found = new Output.InitDocument(recipe.Name, draft.Name, reason, files)
        {
            BuildPackages = draft.BuildPackages,
            Steps = [.. StepsOf(draft, folder, files, dry)],
        };
        if (session.Screen.Json)
        {
            session.Screen.Document(found, json => json.InitDocument);
        }
        else
        {
            Tell(session, recipe, found);
        }
    }

    private static IEnumerable<string> StepsOf(
        Draft draft,
        RepositoryFolder folder,
        IReadOnlyList<Output.InitFile> files,
        bool dry
    )
    {
        if (folder.Links.Count > 0)
        {
            yield return $"{string.Join(", ", folder.Links.Order(StringComparer.Ordinal))}: symbolic links are not followed, so nothing is known of what they lead to.";
        }

        if (files.Any(file => file.State == "kept"))
        {
            yield return $"Compare {string.Join(", ", files.Where(file => file.State == "kept").Select(file => file.Path))}, which stayed as it is, with what the recipe has: "
                + "canary init --dry-run --force";
        }

        foreach (var step in draft.Steps)
        {
            yield return step;
        }

        if (draft.BuildPackages.Count > 0)
        {
            yield return $"Install on the machine of builds: {string.Join(", ", draft.BuildPackages)}";
        }

        if (dry)
        {
            yield return "Write it: canary init";
            yield break;
        }

        yield return $"Commit it: git add {string.Join(' ', files.Select(file => file.Path.Split('/')[0]).Distinct())} && git commit";
        yield return "Ask a server what it says of it: canary check";
        yield return "Release it: canary run --repo .";
    }

    private static void Tell(Session session, Recipe recipe, Output.InitDocument found)
    {
        var screen = session.Screen;
        screen.Line($"{found.Name}: {recipe.Title} (recipe {recipe.Name}, {found.Reason}).");
        foreach (var file in found.Files)
        {
            screen.Line($"  {file.State, -8}  {file.Path}");
            if (file.State == "planned")
            {
                foreach (var line in file.Content.TrimEnd('\n').Split('\n'))
                {
                    screen.Line($"    | {line}".TrimEnd());
                }
            }
        }

        screen.Line();
        screen.Line("What remains to be done:");
        foreach (var (i, step) in found.Steps.Index())
        {
            screen.Item(2, $"{i + 1}.", $"{step}");
        }
    }

    private static void TellRecipes(Session session)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(
                new Output.RecipeList([
                    .. Recipe.All.Select(recipe => new Output.RecipeEntry(recipe.Name, recipe.Title)),
                ]),
                json => json.RecipeList
            );
            return;
        }

        session.Screen.Listing(
            [new("RECIPE"), new("FOR") { Wraps = true }],
            Recipe.All.Select(recipe => (IReadOnlyList<string>)[recipe.Name, recipe.Title]),
            ""
        );
    }

    /// <summary>What the packager would call it.</summary>
    private static string NameFrom(string directory)
    {
        var name = Unfit().Replace(directory.ToLowerInvariant(), "-").Trim('-', '.', '+');
        return PackageName().IsMatch(name) ? name : DefaultName;
    }

    private static string? Checked(string? name) =>
        name is null || PackageName().IsMatch(name)
            ? name
            : throw CliException.Usage(
                CliCodes.Usage,
                $"'{name}' is no name of a package.",
                "Take lower-case letters, digits, '+', '-' and '.', at least two, and begin with a letter or digit."
            );

    [GeneratedRegex(@"[^a-z0-9+.\x2D]+")]
    private static partial Regex Unfit();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.\x2D]{1,99}\z")]
    private static partial Regex PackageName();
}
