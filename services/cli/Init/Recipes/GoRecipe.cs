namespace Canary.Cli.Init.Recipes;

/// <summary>One program of Go.</summary>
internal static class GoRecipe
{
    private const string Module = "go.mod";

    private const string Commands = "cmd";

    public static Recipe Recipe { get; } =
        new("go", "Go: one program", folder => folder.Has(Module) ? Module : null, Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var programs = Programs(folder);
        var main =
            IsMain(folder, folder.FilesIn("")) || programs.Count == 0 ? "."
            : programs.Contains(name) ? $"./{Commands}/{name}"
            : $"./{Commands}/{programs[0]}";
        var isVendored = folder.Has("vendor/modules.txt");
        return new Draft(name)
        {
            Include = [$"bin/{name}"],
            Only = true,
            Services = [new DraftService(name, [$"bin/{name}"])],
            Setup = isVendored
                ? []
                : ["export GOMODCACHE=\"$CANARY_CACHE/go-modules\" GOFLAGS=-modcacherw", "go mod download"],
            Build =
            [
                "export GOMODCACHE=\"$CANARY_CACHE/go-modules\" GOCACHE=\"$CANARY_CACHE/go\" GOFLAGS=-modcacherw",
                "go test ./...",
                $"CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags=-s -o bin/{name} {ShellWords.Path(main)}",
            ],
            BuildPackages = ["golang-go"],
            Steps =
            [
                .. main != "." && programs.Count > 1 && !programs.Contains(name)
                    ?
                    [
                        $"There are several programs below {Commands} ({string.Join(", ", programs)}), and {programs[0]} was taken: correct script/cibuild if it is another.",
                    ]
                    : (string[])[],
                .. UsesC(folder) ? ["It seems to use cgo: take CGO_ENABLED=0 out of script/cibuild."] : (string[])[],
            ],
        };
    }

    private static List<string> Programs(RepositoryFolder folder) =>
        [
            .. folder
                .EndingWith(".go", Commands)
                .Where(file => file.Split('/') is [_, _, _])
                .GroupBy(file => file.Split('/')[1])
                .Where(files => IsMain(folder, [.. files]))
                .Select(files => files.Key)
                .Order(StringComparer.Ordinal),
        ];

    private static bool IsMain(RepositoryFolder folder, IReadOnlyList<string> files) =>
        Sources(files)
            .Any(file => Lines(folder, file).Any(line => line.StartsWith("package main", StringComparison.Ordinal)));

    private static bool UsesC(RepositoryFolder folder) =>
        Sources(folder.Files).Take(200).Any(file => Lines(folder, file).Any(line => line.Trim() == "import \"C\""));

    private static IEnumerable<string> Sources(IEnumerable<string> files) =>
        files.Where(file =>
            file.EndsWith(".go", StringComparison.Ordinal) && !file.EndsWith("_test.go", StringComparison.Ordinal)
        );

    private static string[] Lines(RepositoryFolder folder, string file) => folder.Text(file).Split('\n');
}
