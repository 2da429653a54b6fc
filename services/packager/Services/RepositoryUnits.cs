using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager.Services;

/// <summary>The units that a repository has written itself, in its folder <c>systemd</c>.</summary>
internal static partial class RepositoryUnits
{
    /// <summary>By convention.</summary>
    public const string Folder = "systemd";

    /// <summary>Whether a path of a repository is a unit that its package installs.</summary>
    public static bool IsUnit(string path) =>
        path.StartsWith(Folder + "/", StringComparison.Ordinal) && FileName().IsMatch(path[(Folder.Length + 1)..]);

    /// <summary>Reads them.</summary>
    /// <exception cref="CanaryException">One that <c>canary.yml</c> names is not there.</exception>
    public static IReadOnlyList<PackageUnit> Read(SourceTree tree, PackageMetadata metadata)
    {
        if (!metadata.Units.Install)
        {
            return [];
        }

        var units = tree
            .Entries.Where(entry => IsUnit(entry.Path))
            .Select(entry => (Name: entry.Path[(Folder.Length + 1)..], File: tree.FindFile(entry.Path)))
            .Where(unit => unit.File is not null)
            .Select(unit => new PackageUnit(
                unit.Name,
                tree.ReadText(unit.File!),
                metadata.Units.Units.GetValueOrDefault(unit.Name) ?? new UnitChoice()
            ))
            .ToList();
        var missing = metadata.Units.Units.Keys.FirstOrDefault(name => units.All(unit => unit.Name != name));
        return missing is null
            ? units
            : throw new CanaryException(
                PackagerCodes.UnitMissing,
                $"{metadata.Source} names the unit {SourceTree.Show(missing)}, but the repository has no {Folder}/{SourceTree.Show(missing)}.",
                $"Commit it there, or correct its name below `units` in {metadata.Source}."
            );
    }

    [GeneratedRegex(@"\A[A-Za-z0-9:_.-]{1,200}@?\.(service|timer|socket|path|target)\z")]
    private static partial Regex FileName();
}
