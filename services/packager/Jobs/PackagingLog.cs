using System.Text;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Packaging;
using Canary.Packager.Binaries;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Metadata;
using Canary.Packager.Rehearsal;
using Canary.Packager.Source;

namespace Canary.Packager.Jobs;

/// <summary>What people read about one packaging. It holds no times: a job that runs again writes the same text over the
/// first one. The release's stages have the times.</summary>
internal sealed class PackagingLog
{
    private const int MostListed = 20;

    private readonly StringBuilder _text = new();

    public void Started(BuildPackage command) =>
        Line($"Packaging {command.Application} at {command.Source.Commit} of {command.Source.Repository}");

    public void MetadataRead(PackageMetadata metadata)
    {
        Line(
            metadata.Source == "defaults"
                ? "Metadata: defaults (the repository has neither canary.yml nor fpm.json)"
                : $"Metadata: {metadata.Source}"
        );
        if (metadata.IgnoredKeys.Count > 0)
        {
            Line($"Keys of {metadata.Source} that mean nothing here: {Listed(metadata.IgnoredKeys)}");
        }
    }

    public void Planned(SourceTree tree, PackageMetadata metadata, PackageSpec package)
    {
        Line($"Package: {package.Name} {package.Version} ({package.Architecture})");
        Line(
            $"Contents: {Count(package, FileKind.File)} files, {Count(package, FileKind.Link)} symbolic links, "
                + $"{package.ContentSize} bytes"
        );
        foreach (var (script, path) in metadata.Scripts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Line($"Maintainer script {script}: {path}");
        }

        if (metadata.Exclude.Count > 0)
        {
            var globs = new PathGlobs(metadata.Exclude);
            var left = tree.Entries.Count(entry => entry.Kind != FileKind.Directory && globs.Matches(entry.Path));
            Line($"Excluded: {left} files, by {Listed(metadata.Exclude)}");
        }
    }

    public void OutputAdded(BuildOutput? output, PackageSpec package)
    {
        if (output is not null)
        {
            var packaged = package.Items.Count(item => item.BuiltSha256 is not null);
            Line(
                $"Build output: {output.Files} files, {output.ContentSize} bytes, SHA-256 {output.Sha256}; {packaged} regular files of it "
                    + "are in the package"
            );
        }

        if (package.Binaries.Count > 0)
        {
            Line($"Programs for {package.Architecture}: {Listed([.. package.Binaries.Select(file => file.Path)])}");
        }
    }

    public void LibrariesFound(FoundDependencies found)
    {
        if (found.Relations.Count > 0)
        {
            Line($"Depends, by its programs: {string.Join(", ", found.Relations)}");
        }

        if (found.Problem is { } problem)
        {
            Line(
                $"Warning: which packages its programs need is not known: {problem}. Name them below `depends` in canary.yml"
            );
        }
    }

    /// <summary>What was run, argument by argument, and what it said.</summary>
    public void FpmRan(IReadOnlyList<string> arguments, FpmRun run)
    {
        Line($"FPM on {run.Place}: fpm {string.Join(' ', arguments.Select(Shown))}");
        foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line($"  {line}");
        }
    }

    public void Built(PackageSpec package, BuiltPackage built)
    {
        Line($"Compressed with {package.Compression.ToString().ToLowerInvariant()}: {built.Size} bytes");
        Line($"SHA-256: {built.Sha256}");
    }

    public void Rehearsed(RehearsalOutcome? outcome)
    {
        if (outcome is null)
        {
            return;
        }

        foreach (var line in outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line($"  {line}");
        }

        if (outcome.Fault is null)
        {
            Line($"Rehearsal: {outcome.Summary}");
        }
    }

    public void Uploaded() => Line("Uploaded to the repository publisher");

    public void Failed(Failure failure)
    {
        Line($"Failed: {failure.Message}");
        Line($"What to do: {failure.Remedy}");
    }

    public override string ToString() => _text.ToString();

    private static int Count(PackageSpec package, FileKind kind) => package.Items.Count(item => item.Kind == kind);

    private static string Listed(IReadOnlyList<string> names)
    {
        var shown = string.Join(", ", names.Take(MostListed).Select(SourceTree.Show));
        return names.Count > MostListed ? $"{shown} and {names.Count - MostListed} more" : shown;
    }

    /// <summary>As a person would write it in a shell.</summary>
    private static string Shown(string argument) =>
        argument.Length > 0
        && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=+~@,".Contains(c, StringComparison.Ordinal))
            ? argument
            : Shell.Quote([SourceTree.Show(argument)]);

    private void Line(string line) => _text.Append(line).Append('\n');
}
