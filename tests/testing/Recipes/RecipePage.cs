using System.Text.RegularExpressions;

namespace Canary.Testing.Recipes;

/// <summary>A page of <c>docs/recipes</c>, with files in fenced blocks. On the line before stands the file's name in backticks:
/// <c>`canary.yml`:</c> is what a repository gets, <c>`app.py` of the program:</c> is the page's example, and <c>`canary.yml` of
/// tinyproxy:</c> is what a real program gets. A file of the example whose line does not end with a colon has no block, and only is
/// there.</summary>
/// <param name="Name">Name of the page.</param>
/// <param name="Files">Path and content of what a repository gets.</param>
public sealed partial record RecipePage(string Name, IReadOnlyDictionary<string, string> Files)
{
    private const string Fence = "```";

    private const string Example = "the program";

    /// <summary>Names of all pages.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .GetFiles(SourceTree.PathOf("docs", "recipes"), "*.md")
            .Select(page => Path.GetFileNameWithoutExtension(page))
            .Where(name => name != "README")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What the repository of the example is called; <c>null</c>: the page has none.</summary>
    public string? Application { get; private init; }

    /// <summary>Path and content of the example; files that the page only names are empty.</summary>
    public IReadOnlyDictionary<string, string> Program { get; private init; } = new Dictionary<string, string>();

    /// <summary>What real programs get, by their names: path and content.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> RealPrograms { get; private init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Reads a page.</summary>
    public static RecipePage Read(string name) =>
        Parse(name, File.ReadAllText(SourceTree.PathOf("docs", "recipes", name + ".md")));

    /// <summary>Finds the files in the text of a page.</summary>
    /// <exception cref="FormatException">A file has no block, or stands there twice.</exception>
    public static RecipePage Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var owners = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            if (IsFence(lines[at]))
            {
                at = EndOf(lines, at);
            }
            else if (FileLine().Match(lines[at]) is { Success: true } line)
            {
                var file = line.Groups["file"].Value;
                var content = "";
                if (lines[at].EndsWith(':'))
                {
                    var begin = Array.FindIndex(lines, at + 1, it => it.Length > 0);
                    if (begin < 0 || !IsFence(lines[begin]))
                    {
                        throw new FormatException($"{name}: nothing says what is in {file}.");
                    }

                    at = EndOf(lines, begin);
                    content = string.Concat(lines[(begin + 1)..at].Select(it => it + "\n"));
                }

                var owner = line.Groups["owner"].Value;
                var files =
                    (Dictionary<string, string>)(
                        owners.GetValueOrDefault(owner)
                        ?? (owners[owner] = new Dictionary<string, string>(StringComparer.Ordinal))
                    );
                if (!files.TryAdd(file, content))
                {
                    throw new FormatException($"{name}: {file} is there twice.");
                }
            }
        }

        owners.Remove("", out var own);
        owners.Remove(Example, out var program);
        return new RecipePage(name, own ?? new Dictionary<string, string>())
        {
            Application = RepositoryLine().Match(text) is { Success: true } called ? called.Groups["name"].Value : null,
            Program = program ?? new Dictionary<string, string>(),
            RealPrograms = owners,
        };
    }

    /// <summary>The same for a repository of another name.</summary>
    public RecipePage WithName(string name)
    {
        return this with { Application = name, Files = Renamed(Files), Program = Renamed(Program) };

        Dictionary<string, string> Renamed(IReadOnlyDictionary<string, string> files) =>
            files.ToDictionary(
                file => file.Key,
                file => file.Value.Replace(Application!, name, StringComparison.Ordinal)
            );
    }

    /// <summary>Writes what a repository gets to a directory; scripts are executable.</summary>
    public void WriteTo(string directory) => Write(Files, directory);

    /// <summary>Writes what a real program gets to a directory; scripts are executable.</summary>
    /// <exception cref="KeyNotFoundException">The page has none of that name.</exception>
    public void WriteTo(string directory, string realProgram) => Write(RealPrograms[realProgram], directory);

    /// <summary>Writes the example to a directory; scripts are executable.</summary>
    public void WriteProgramTo(string directory) => Write(Program, directory);

    /// <summary>Whether a file is one that people can start.</summary>
    public static bool IsProgram(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.StartsWith("#!", StringComparison.Ordinal);
    }

    private static void Write(IReadOnlyDictionary<string, string> files, string directory)
    {
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
            if (IsProgram(content))
            {
                File.SetUnixFileMode(file, File.GetUnixFileMode(file) | FileModes.Execute);
            }
        }
    }

    private static int EndOf(string[] lines, int begin)
    {
        var end = Array.FindIndex(lines, begin + 1, IsFence);
        return end < 0 ? lines.Length : end;
    }

    private static bool IsFence(string line) => line.StartsWith(Fence, StringComparison.Ordinal);

    [GeneratedRegex(
        @"\A`(?<file>[^`]+)`(?: of (?<owner>[^\s,]+))?:\z|\A`(?<file>[^`]+)` of (?<owner>the program)(?:[:,.].*|\z)"
    )]
    private static partial Regex FileLine();

    [GeneratedRegex("^A repository called `(?<name>[^`]+)`", RegexOptions.Multiline)]
    private static partial Regex RepositoryLine();
}
