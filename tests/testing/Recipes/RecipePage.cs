namespace Canary.Testing.Recipes;

/// <summary>A page of <c>docs/recipes</c>: the program of its example, and the files that it tells people to write. Each file stands in a
/// fenced block, with its name in backticks on the line before: <c>`canary.yml`:</c>, <c>`app.py` of the program:</c>, and
/// <c>`canary.yml` of tinyproxy:</c> for a real program. One of the example's program whose line does not end with a colon has no block, and only
/// is there.</summary>
/// <param name="Name">Name of the page.</param>
/// <param name="Files">Path in the repository and content of each file to write.</param>
public sealed record RecipePage(string Name, IReadOnlyDictionary<string, string> Files)
{
    private const string Fence = "```";

    private const string OfTheProgram = "` of the program";

    private const string Repository = "A repository called `";

    /// <summary>What the repository of the example is called; <c>null</c>: the page has no example.</summary>
    public string? Application { get; private init; }

    /// <summary>Path and content of the files that the example consists of; those that the page only names are empty.</summary>
    public IReadOnlyDictionary<string, string> Program { get; private init; } = new Dictionary<string, string>();

    /// <summary>Files for real programs, by the program's name: path and content.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> RealPrograms { get; private init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Names of all pages of recipes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory
            .EnumerateFiles(SourceTree.PathOf("docs", "recipes"), "*.md")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => name != "README")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a page.</summary>
    public static RecipePage Read(string name) =>
        Parse(name, File.ReadAllText(SourceTree.PathOf("docs", "recipes", name + ".md")));

    /// <summary>Finds the files in the text of a page.</summary>
    /// <exception cref="FormatException">A file has no block, or stands there twice.</exception>
    public static RecipePage Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? application = null;
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var program = new Dictionary<string, string>(StringComparer.Ordinal);
        var real = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        using var lines = text.Split('\n').AsEnumerable().GetEnumerator();
        while (lines.MoveNext())
        {
            var line = lines.Current;
            if (IsFence(line))
            {
                Block(lines);
            }
            else if (FileIn(line) is { } file)
            {
                Add(files, file, Next(name, file, lines));
            }
            else if (ProgramFileIn(line) is { } own)
            {
                Add(program, own, line.EndsWith(':') ? Next(name, own, lines) : "");
            }
            else if (RealFileIn(line) is var (of, realFile))
            {
                real.TryAdd(of, new(StringComparer.Ordinal));
                Add(real[of], realFile, Next(name, realFile, lines));
            }
            else if (line.StartsWith(Repository, StringComparison.Ordinal))
            {
                application = line[Repository.Length..line.IndexOf('`', Repository.Length)];
            }
        }

        return new RecipePage(name, files)
        {
            Application = application,
            Program = program,
            RealPrograms = real.ToDictionary(it => it.Key, it => (IReadOnlyDictionary<string, string>)it.Value),
        };

        void Add(Dictionary<string, string> to, string path, string content)
        {
            if (!to.TryAdd(path, content))
            {
                throw new FormatException($"{name}: {path} is there twice.");
            }
        }
    }

    /// <summary>Writes the files to a repository; scripts are executable.</summary>
    public void WriteTo(GitRepository repository) => Write(Files, repository);

    /// <summary>Writes the files for a real program to its repository; scripts are executable.</summary>
    /// <exception cref="KeyNotFoundException">The page has none of that name.</exception>
    public void WriteTo(GitRepository repository, string realProgram) => Write(RealPrograms[realProgram], repository);

    /// <summary>Writes the program of the example to a repository; scripts are executable.</summary>
    public void WriteProgramTo(GitRepository repository) => Write(Program, repository);

    /// <summary>Whether a file is one that people can start.</summary>
    public static bool IsProgram(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.StartsWith("#!", StringComparison.Ordinal);
    }

    private static void Write(IReadOnlyDictionary<string, string> files, GitRepository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        foreach (var (path, content) in files)
        {
            repository.WithFile(path, content, executable: IsProgram(content));
        }
    }

    private static string? FileIn(string line) =>
        line.Length > 3 && line[0] == '`' && line.EndsWith("`:", StringComparison.Ordinal) && line.Count(it => it == '`') == 2
            ? line[1..^2]
            : null;

    private static string? ProgramFileIn(string line) =>
        line.StartsWith('`') && line.IndexOf(OfTheProgram, StringComparison.Ordinal) is > 1 and var end && !line[1..end].Contains('`')
            ? line[1..end]
            : null;

    private static (string Program, string File)? RealFileIn(string line) =>
        line.StartsWith('`')
        && line.EndsWith(':')
        && line.IndexOf("` of ", StringComparison.Ordinal) is > 1 and var end
        && line[(end + "` of ".Length)..^1] is var program
        && !program.Contains(' ')
            ? (program, line[1..end])
            : null;

    private static string Next(string page, string file, IEnumerator<string> lines)
    {
        while (lines.MoveNext() && lines.Current.Length == 0) { }

        return IsFence(lines.Current)
            ? Block(lines)
            : throw new FormatException($"{page}: nothing says what is in {file}.");
    }

    private static string Block(IEnumerator<string> lines)
    {
        var content = new List<string>();
        while (lines.MoveNext() && !IsFence(lines.Current))
        {
            content.Add(lines.Current);
        }

        return string.Concat(content.Select(line => line + "\n"));
    }

    private static bool IsFence(string line) => line.StartsWith(Fence, StringComparison.Ordinal);
}
