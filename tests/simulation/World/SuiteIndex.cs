namespace Canary.Simulation.Tests.World;

/// <summary>The index of a suite, as apt reads it.</summary>
internal sealed class SuiteIndex
{
    private readonly List<ListedPackage> _listed = [];

    /// <summary>Whether it can be installed by its version.</summary>
    public bool Lists(string package, string version) =>
        _listed.Exists(it => it.Package == package && it.Version == version);

    /// <summary>What a plain upgrade looks at: the highest version. One that is held back for a phase changes nothing.</summary>
    public ListedPackage? CandidateOf(string package) =>
        _listed.Where(it => it.Package == package).MaxBy(it => SecondsOf(it.Version));

    public static SuiteIndex Parse(string text)
    {
        var index = new SuiteIndex();
        foreach (var stanza in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = stanza
                .Split('\n')
                .Where(line => !line.StartsWith(' ') && line.Contains(": ", StringComparison.Ordinal))
                .Select(line => line.Split(": ", 2))
                .ToDictionary(field => field[0], field => field[1], StringComparer.Ordinal);
            if (fields.TryGetValue("Package", out var package))
            {
                var isHeldBack = fields.GetValueOrDefault("Phased-Update-Percentage") == "0";
                index._listed.Add(new ListedPackage(package, fields["Version"], isHeldBack));
            }
        }

        return index;
    }

    /// <summary>All versions differ in the time of their commit only.</summary>
    private static long SecondsOf(string version) => long.Parse(version.Split('-')[1].Split('.')[0]);
}

/// <summary>A version that a suite lists.</summary>
/// <param name="Package">The package.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsHeldBack">Whether it is offered to nobody, and only installed by its version.</param>
internal sealed record ListedPackage(string Package, string Version, bool IsHeldBack);
