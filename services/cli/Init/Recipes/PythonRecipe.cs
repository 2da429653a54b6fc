using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>Python with a virtual environment of its own.</summary>
internal static partial class PythonRecipe
{
    private const string Requirements = "requirements.txt";

    private const string Project = "pyproject.toml";

    private const string Interpreter = ".venv/bin/python3";

    private static readonly string[] Signs = [Requirements, Project, "setup.py", "Pipfile"];

    private static readonly string[] Starts = ["app.py", "main.py", "server.py", "run.py", "__main__.py"];

    public static Recipe Recipe { get; } =
        new("python", "Python in a virtual environment of its own", folder => folder.First(Signs), Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var toml = folder.Text(Project);
        var project = TomlLines.Table(toml, "project");
        var asked = folder.Text(Requirements);
        var isInstalled = !folder.Has(Requirements);
        var command = isInstalled ? ScriptOf(toml) : CommandOf(folder, asked);
        var wheels = folder.EndingWith(".whl", "wheels").Any() ? "--no-index --find-links wheels " : "";
        const string Pip =
            Interpreter + " -m pip install --disable-pip-version-check --cache-dir \"$CANARY_CACHE/pip\" ";
        return new Draft(name)
        {
            Version =
                project.GetValueOrDefault("version") is { } version && Version().IsMatch(version) ? version : null,
            Description = project.GetValueOrDefault("description"),
            Depends = [Runtime(project.GetValueOrDefault("requires-python"))],
            Include = [".venv/**"],
            Only = isInstalled,
            Services = command is null
                ? []
                : [new DraftService(name, command) { Environment = [new("PYTHONUNBUFFERED", "1")] }],
            Setup =
            [
                "# With a copy of the interpreter: a link to it would lead out of the package.",
                "python3 -m venv --copies .venv",
                Pip + wheels + (isInstalled ? "." : $"--requirement {Requirements}"),
            ],
            Build =
            [
                .. Names(asked).Contains("pytest") ? [$"{Interpreter} -m pytest"] : (string[])[],
                "# Valid by content: files of a package have the time of the commit, by which Python would take what is compiled for outdated.",
                $"{Interpreter} -m compileall -q -f --invalidation-mode unchecked-hash -s \"$PWD\" -p /opt/{name} .venv/lib || true",
                "# Programs of the environment name the directory that it was made in.",
                $"grep -rlIF \"$PWD/.venv\" .venv/bin .venv/pyvenv.cfg | xargs -r sed -i \"s|$PWD/.venv|/opt/{name}/.venv|g\"",
            ],
            BuildPackages = ["python3-venv"],
            Steps =
            [
                "The environment is for one version of Python: build on the release of Debian that the hosts run, and narrow `depends`, such as "
                    + "\"python3 (>= 3.11)\", \"python3 (<< 3.12)\" for Debian 12.",
                .. folder.HasAny("poetry.lock", "uv.lock", "Pipfile.lock") && isInstalled
                    ?
                    [
                        "pip does not read the lock file that is there: commit what it says as requirements.txt, so that two builds of a commit are the same.",
                    ]
                    : (string[])[],
            ],
            OnHosts = words => OnHosts(words, asked),
        };
    }

    private static IReadOnlyList<string> OnHosts(IReadOnlyList<string> words, string asked) =>
        words[0] is "python" or "python3" ? [Interpreter, .. words.Skip(1)]
        : Names(asked).Contains(words[0]) ? [$".venv/bin/{words[0]}", .. words.Skip(1)]
        : words;

    /// <summary>The only program that the application installs.</summary>
    private static IReadOnlyList<string>? ScriptOf(string toml) =>
        TomlLines.Table(toml, "project.scripts").Keys.ToList() is [var only] ? [$".venv/bin/{only}"]
        : TomlLines.Table(toml, "tool.poetry.scripts").Keys.ToList() is [var poetry] ? [$".venv/bin/{poetry}"]
        : null;

    private static IReadOnlyList<string>? CommandOf(RepositoryFolder folder, string asked)
    {
        const string Address = "0.0.0.0:8080";
        var hasGunicorn = Names(asked).Contains("gunicorn");
        if (folder.Has("manage.py"))
        {
            var wsgi = folder.Files.FirstOrDefault(file =>
                file.EndsWith("/wsgi.py", StringComparison.Ordinal) && file.Count(c => c == '/') == 1
            );
            return hasGunicorn && wsgi is not null
                ? [".venv/bin/gunicorn", $"{Path.GetDirectoryName(wsgi)}.wsgi", "--bind", Address]
                : [Interpreter, "manage.py", "runserver", "--noreload", Address];
        }

        return folder.First(Starts) is not { } start ? null
            : hasGunicorn && FlaskName().Match(folder.Text(start)) is { Success: true } flask
                ?
                [
                    ".venv/bin/gunicorn",
                    $"{Path.GetFileNameWithoutExtension(start)}:{flask.Groups["name"].Value}",
                    "--bind",
                    Address,
                ]
            : [Interpreter, start];
    }

    private static HashSet<string> Names(string requirements) =>
        [.. Requirement().Matches(requirements).Select(match => match.Groups["name"].Value.ToLowerInvariant())];

    private static string Runtime(string? wanted) =>
        Lowest().Match(wanted ?? "") is { Success: true } lowest
            ? $"python3 (>= {lowest.Groups["version"].Value})"
            : "python3";

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9][A-Za-z0-9._\x2D]*)", RegexOptions.Multiline)]
    private static partial Regex Requirement();

    [GeneratedRegex(@">=\s*(?<version>3(?:\.\d+)?)")]
    private static partial Regex Lowest();

    [GeneratedRegex(@"^(?<name>[A-Za-z_]\w*)\s*=\s*(?:flask\.)?Flask\(", RegexOptions.Multiline)]
    private static partial Regex FlaskName();

    [GeneratedRegex(@"\A\d[0-9A-Za-z.+~]{0,60}\z")]
    private static partial Regex Version();
}
