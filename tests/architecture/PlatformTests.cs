using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>Where the folders of <c>platform/</c> point. Each file says by its <c>using</c>s what it needs, for an unused one does
/// not build; only what lies in the folder above it is seen without.</summary>
public sealed partial class PlatformTests
{
    private static readonly ILookup<string, string> Folders = FoldersThatUseEachOther();

    [Fact]
    public void Folders_of_the_platform_use_each_other_without_a_cycle()
    {
        Folders.Count.ShouldBeGreaterThan(8);
        Folders.Select(folder => CycleFrom(folder.Key)).Where(cycle => cycle is not null).ShouldBeEmpty();
    }

    [Fact]
    public void A_namespace_says_in_which_folder_its_files_are() =>
        Files()
            .Where(file => NamespaceOf(file.Text) is var space && space != file.Namespace)
            .Select(file => file.Path)
            .ShouldBeEmpty();

    private static ILookup<string, string> FoldersThatUseEachOther()
    {
        var files = Files().ToList();
        var known = files.Select(file => file.Namespace).ToHashSet();
        return (
            from file in files
            from match in Using().Matches(file.Text)
            let used = match.Groups[1].Value
            // The folder at the top of a project composes what lies below it.
            where known.Contains(used) && !used.StartsWith(file.Namespace + ".", StringComparison.Ordinal)
            select (file.Namespace, used)
        )
            .Distinct()
            .ToLookup(use => use.Namespace, use => use.used);
    }

    private static string? CycleFrom(string start)
    {
        var ways = new Queue<string[]>([
            [start],
        ]);
        var seen = new HashSet<string>();
        while (ways.TryDequeue(out var way))
        {
            foreach (var next in Folders[way[^1]])
            {
                if (next == start)
                {
                    return string.Join(" -> ", way.Append(next));
                }

                if (seen.Add(next))
                {
                    ways.Enqueue([.. way, next]);
                }
            }
        }

        return null;
    }

    private static IEnumerable<(string Path, string Namespace, string Text)> Files() =>
        from project in Project.All
        where project.IsPlatform
        from file in SourceFiles.Find("*.cs", project.Folder)
        let inside = Path.GetRelativePath(project.Folder, Path.GetDirectoryName(SourceTree.PathOf(file))!)
        let space = inside == "." ? project.Name : $"{project.Name}.{inside.Replace('/', '.')}"
        select (file, space, SourceFiles.Read(file));

    private static string NamespaceOf(string text) => Namespace().Match(text).Groups[1].Value;

    [GeneratedRegex(@"^using ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
