using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>.NET with its own runtime.</summary>
internal static partial class DotNetRecipe
{
    private const string Environment =
        "export NUGET_PACKAGES=\"$CANARY_CACHE/nuget\" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1";

    private static readonly string[] Suffixes = [".csproj", ".fsproj", ".vbproj"];

    private static readonly string[] TestSigns = ["Microsoft.NET.Test.Sdk", "xunit", "NUnit", "MSTest", "TUnit"];

    public static Recipe Recipe { get; } =
        new(
            "dotnet",
            ".NET that brings its own runtime",
            folder => Suffixes.SelectMany(suffix => folder.EndingWith(suffix)).FirstOrDefault(),
            Draw
        );

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var projects = Suffixes
            .SelectMany(suffix => folder.EndingWith(suffix))
            .Select(path => (Path: path, Text: folder.Text(path)))
            .ToList();
        var programs = projects.Where(project => IsProgram(project.Text) && !IsTest(project.Text)).ToList();
        var chosen = programs
            .OrderByDescending(project => IsWeb(project.Text))
            .ThenByDescending(project => string.Equals(NameOf(project.Path), name, StringComparison.OrdinalIgnoreCase))
            .Concat(projects)
            .FirstOrDefault();
        var path = chosen.Path ?? $"{name}.csproj";
        var text = chosen.Text ?? "";
        if (path.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or '/')))
        {
            throw RepositoryFolder.Invalid(path, "its name does not fit into a script as it is");
        }

        var assembly =
            ValueOf(text, "AssemblyName") is { } own && !own.Contains('$', StringComparison.Ordinal)
                ? own
                : NameOf(path);
        var isInvariant = string.Equals(
            ValueOf(text, "InvariantGlobalization"),
            "true",
            StringComparison.OrdinalIgnoreCase
        );
        return new Draft(name)
        {
            Version =
                (ValueOf(text, "Version") ?? ValueOf(text, "VersionPrefix")) is { } version
                && Version().IsMatch(version)
                    ? version
                    : null,
            Description = ValueOf(text, "Description"),
            Depends =
            [
                "ca-certificates",
                .. isInvariant ? (string[])[] : ["libicu76 | libicu74 | libicu72 | libicu70"],
                "libssl3t64 | libssl3",
            ],
            Include = ["publish/**"],
            Only = true,
            Services =
            [
                new DraftService(name, [$"publish/{assembly}"])
                {
                    WorkingDirectory = IsWeb(text) ? "publish" : null,
                    Environment = IsWeb(text) ? [new("ASPNETCORE_URLS", "http://0.0.0.0:8080")] : [],
                },
            ],
            Setup = [Environment, $"dotnet restore {ShellWords.Path(path)} --use-current-runtime"],
            Build =
            [
                Environment,
                .. projects
                    .Where(project => IsTest(project.Text))
                    .Select(project => $"dotnet test {ShellWords.Path(project.Path)}"),
                $"dotnet publish {ShellWords.Path(path)} --configuration Release --use-current-runtime --self-contained --output publish",
                "# Tracing to LTTng takes a library that hosts do not have; the runtime does without.",
                "rm -f publish/libcoreclrtraceptprovider.so",
                "chmod a-x publish/*.so",
            ],
            BuildPackages = ["dotnet-sdk-10.0 (of Microsoft's repository)"],
            Steps =
            [
                .. programs.Count > 1
                    ?
                    [
                        $"There are several programs ({string.Join(", ", programs.Select(it => it.Path))}), and {path} was taken: correct the scripts and canary.yml if it is another.",
                    ]
                    : (string[])[],
            ],
        };
    }

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path);

    private static bool IsWeb(string project) =>
        SdkName().Match(project) is { Success: true } sdk && sdk.Value.Contains(".Web", StringComparison.Ordinal);

    private static bool IsProgram(string project) =>
        IsWeb(project)
        || SdkName().Match(project).Value.Contains(".Worker", StringComparison.Ordinal)
        || ValueOf(project, "OutputType") is { } type && type.EndsWith("exe", StringComparison.OrdinalIgnoreCase);

    private static bool IsTest(string project) =>
        TestSigns.Any(sign => project.Contains($"Include=\"{sign}", StringComparison.OrdinalIgnoreCase))
        || string.Equals(ValueOf(project, "IsTestProject"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Of projects only single texts are wanted, and those of MSBuild may be anything: they are not read as XML.</summary>
    private static string? ValueOf(string project, string name) =>
        Element()
            .Matches(project)
            .FirstOrDefault(match => match.Groups["name"].Value == name)
            ?.Groups["value"]
            .Value.Trim();

    [GeneratedRegex("<Project[^>]*\\sSdk\\s*=\\s*\"[^\"]*\"")]
    private static partial Regex SdkName();

    [GeneratedRegex(@"<(?<name>[A-Za-z]+)>(?<value>[^<]*)</\k<name>>")]
    private static partial Regex Element();

    [GeneratedRegex(@"\A\d[0-9A-Za-z.+~\x2D]{0,60}\z")]
    private static partial Regex Version();
}
