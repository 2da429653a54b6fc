using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>Counts what a build left that is neither of the commit nor for the package, so that a canary that misses it says so.</summary>
internal sealed class LeftFiles(CommitFiles commit)
{
    private const int MostDirectories = 3;

    private const int LongestPath = 100;

    /// <summary>What tools keep for themselves.</summary>
    private static readonly string[] Noise =
    [
        "__pycache__",
        ".cache",
        ".mypy_cache",
        ".npm",
        ".nyc_output",
        ".pytest_cache",
        ".ruff_cache",
        "coverage",
    ];

    private readonly Dictionary<string, int> _directories = new(StringComparer.Ordinal);

    private int _count;

    public void Add(BuiltFile file)
    {
        if (!file.IsFile || file.Path.Split('/').Any(part => Noise.Contains(part, StringComparer.Ordinal)))
        {
            return;
        }

        _count++;
        if (commit.NewDirectoryOf(file.Path) is { } directory)
        {
            _directories[directory] = _directories.GetValueOrDefault(directory) + 1;
        }
    }

    public BuildLeftovers? Told =>
        _count == 0
            ? null
            : new BuildLeftovers
            {
                Files = _count,
                Directories =
                [
                    .. _directories
                        .Where(pair => pair.Key.Length <= LongestPath)
                        .OrderByDescending(pair => pair.Value)
                        .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                        .Take(MostDirectories)
                        .Select(pair => new LeftDirectory { Path = ShownText.Of(pair.Key), Files = pair.Value }),
                ],
            };
}
