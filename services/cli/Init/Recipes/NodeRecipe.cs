using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>Node.js: with <c>node_modules</c>, or as the bundle that a bundler makes.</summary>
internal static partial class NodeRecipe
{
    private const string Manifest = "package.json";

    private const string Modules = "node_modules/**";

    /// <summary>What <c>npm init</c> writes.</summary>
    private const string NoTest = "no test specified";

    /// <summary>Files of packages that only their own makers need.</summary>
    private static readonly string[] Unfit = [".eslintrc*", ".npmignore"];

    private static readonly string[] Bundlers =
    [
        "esbuild",
        "@vercel/ncc",
        "ncc",
        "parcel",
        "rollup",
        "tsup",
        "vite",
        "webpack",
    ];

    private static readonly string[] Starts = ["server.js", "app.js", "index.js", "server.mjs", "index.mjs"];

    /// <summary>Frameworks whose output is where nobody says it.</summary>
    private static readonly Dictionary<string, string> Frameworks = new(StringComparer.Ordinal)
    {
        ["next"] = ".next",
        ["nuxt"] = ".output",
    };

    public static Recipe Recipe { get; } =
        new("node", "Node.js with node_modules", folder => folder.Has(Manifest) ? Manifest : null, Draw);

    public static Recipe Bundler { get; } =
        new(
            "bundler",
            "Node.js and TypeScript by a bundler: the bundle alone",
            folder =>
                folder.Json(Manifest) is var package && BundlerOf(package) is { } bundler
                    ? $"{Manifest}, whose build is by {bundler}"
                    : null,
            DrawBundle
        );

    /// <summary>Commands that build the front end of an application that is written in something else.</summary>
    public static (IReadOnlyList<string> Setup, IReadOnlyList<string> Build)? FrontEndOf(RepositoryFolder folder)
    {
        var package = folder.Json(Manifest);
        if (package.Object("scripts").Text("build") is null)
        {
            return null;
        }

        var tool = NodeTool.Of(folder, package);
        return ([tool.Setup], [$"{tool.Run} build"]);
    }

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var package = folder.Json(Manifest);
        var output = package.Object("scripts").Text("build") is null ? null : OutputOf(folder, package);
        return Draw(
            folder,
            name,
            package,
            [.. ModulesOf(package), .. output is null ? (string[])[] : [$"{output}/**"]]
        );
    }

    private static Draft DrawBundle(RepositoryFolder folder, string name)
    {
        var package = folder.Json(Manifest);
        var output = OutputOf(folder, package);
        if (CommandOf(folder, package) is not null)
        {
            // Node.js looks there whether the bundle is a module.
            return Draw(folder, name, package, [.. ModulesOf(package), $"{output}/**", Manifest]) with { Only = true };
        }

        var draft = Draw(folder, name, package, [$"{output}/**"]) with { Only = true, Depends = [], Services = [] };
        return NginxSite.Add(draft, output, "index.html", "/index.html", []);
    }

    private static Draft Draw(RepositoryFolder folder, string name, JsonFields package, IReadOnlyList<string> include)
    {
        var tool = NodeTool.Of(folder, package);
        var scripts = package.Object("scripts");
        var command = CommandOf(folder, package);
        var hasPackages = tool.IsLocked || package.Has("dependencies") || package.Has("devDependencies");
        var tests = scripts.Text("test") is { Length: > 0 } test && !test.Contains(NoTest, StringComparison.Ordinal);
        return new Draft(name)
        {
            Version = VersionOf(package),
            Description = package.Text("description"),
            Depends = [Runtime(package)],
            Exclude = include.Contains(Modules) ? Unfit : [],
            Include = include,
            Services = command is null
                ? []
                : [new DraftService(name, command) { Environment = [new("NODE_ENV", "production")] }],
            Setup = hasPackages ? [tool.Setup] : [],
            Build =
            [
                .. scripts.Text("build") is null ? (string[])[] : [$"{tool.Run} build"],
                .. tests ? [$"{tool.Run} test"] : (string[])[],
                .. include.Contains(Modules) ? [tool.Prune] : (string[])[],
            ],
            BuildPackages = ["npm"],
            Steps =
            [
                .. hasPackages && !tool.IsLocked
                    ?
                    [
                        "Commit package-lock.json (npm install --package-lock-only): without it two builds of a commit may differ.",
                    ]
                    : (string[])[],
            ],
            OnHosts = words =>
                words is ["npm" or "yarn" or "pnpm", "start"] or ["npm" or "yarn" or "pnpm", "run", "start"]
                    ? command ?? words
                    : words,
        };
    }

    private static string[] ModulesOf(JsonFields package) =>
        package.Has("dependencies") || package.Has("optionalDependencies") || package.Has("workspaces")
            ? [Modules]
            : [];

    /// <summary>The bundler that makes what runs; <c>null</c>: it runs as it is committed, or as a compiler leaves it.</summary>
    private static string? BundlerOf(JsonFields package)
    {
        var build = package.Object("scripts").Text("build") ?? "";
        var words = build.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Array.Find(Bundlers, words.Contains);
    }

    /// <summary>How it starts, without npm between systemd and the program.</summary>
    private static IReadOnlyList<string>? CommandOf(RepositoryFolder folder, JsonFields package)
    {
        var start = ShellWords.Split(package.Object("scripts").Text("start") ?? "");
        if (start is ["node", _, ..])
        {
            return start;
        }

        if (start is [var tool, ..] && package.Object("dependencies").Names.Contains(tool))
        {
            return [$"node_modules/.bin/{tool}", .. start.Skip(1)];
        }

        IReadOnlyList<string?> programs =
        [
            package.Object("bin") is { Names: [var only] } bin ? bin.Text(only) : package.Text("bin"),
            package.Text("main"),
            .. Starts,
        ];
        return
            programs
                .Select(program => Tidy(program))
                .FirstOrDefault(program => program is not null && folder.Has(program))
                is { } found
            ? ["node", found]
            : null;
    }

    private static string? Tidy(string? path) =>
        path?.StartsWith("./", StringComparison.Ordinal) == true ? path[2..] : path;

    /// <summary>Where the build puts what runs.</summary>
    private static string OutputOf(RepositoryFolder folder, JsonFields package)
    {
        var build = package.Object("scripts").Text("build") ?? "";
        if (
            Frameworks.FirstOrDefault(it => build.StartsWith($"{it.Key} build", StringComparison.Ordinal)).Value is
            { } fixedOutput
        )
        {
            return fixedOutput;
        }

        var started = CommandOf(folder, package)
            ?.Skip(1)
            .Select(Tidy)
            .FirstOrDefault(word => word?.StartsWith('-') == false);
        return started?.IndexOf('/', StringComparison.Ordinal) is > 0 and var end && !folder.Has(started)
                ? started[..end]
            : OutputWord().Match(build) is { Success: true } word ? word.Value
            : "dist";
    }

    private static string? VersionOf(JsonFields package) =>
        package.Text("version") is { } version && Version().IsMatch(version) ? version : null;

    /// <summary>The package of Debian, of the version that the program asks for.</summary>
    private static string Runtime(JsonFields package) =>
        Lowest().Match(package.Object("engines").Text("node") ?? "") is { Success: true } lowest
            ? $"nodejs (>= {lowest.Groups["version"].Value})"
            : "nodejs";

    [GeneratedRegex(@"\A\s*(?:>=|\^|~)?\s*v?(?<version>\d+(?:\.\d+){0,2})(?:\.x)?\s*(?:\z|\|\||<)")]
    private static partial Regex Lowest();

    [GeneratedRegex(@"\A\d[0-9A-Za-z.+~\x2D]{0,60}\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<![\w/.\x2D])(?:dist|build|out|lib)(?=/|\s|$)")]
    private static partial Regex OutputWord();
}
