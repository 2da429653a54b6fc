using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Architecture.Tests;

public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages => [.. SourceFiles.Find("*.md").Where(page => !page.StartsWith("samples/"))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(SourceTree.PathOf(page))!;
        var broken =
            from match in Link().Matches(WithoutCode(SourceFiles.Read(page)))
            let target = match.Groups[1].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:")
            let parts = target.Split('#', 2)
            let file = parts[0].Length == 0 ? SourceTree.PathOf(page) : Path.GetFullPath(Path.Combine(folder, parts[0]))
            where !Path.Exists(file) || (parts.Length == 2 && !AnchorsOf(file).Contains(parts[1]))
            select target;
        broken.ShouldBeEmpty();
    }

    [Fact]
    public void Targets_of_the_build_that_pages_name_exist()
    {
        var build = SourceFiles.Read("build.sh");
        var known = BuildTarget().Matches(build).Select(match => match.Groups[1].Value).ToHashSet();
        var named =
            from page in SourceFiles.Find("*.md")
            from match in BuildCommand().Matches(SourceFiles.Read(page))
            select (page, target: match.Groups[1].Value);
        named.Where(use => !known.Contains(use.target)).ShouldBeEmpty();
        known.ShouldContain("demo");
    }

    [Fact]
    public async Task Commands_of_the_cli_that_pages_show_exist()
    {
        var commands =
            from page in SourceFiles.Find("*.md")
            from block in ShellBlock().Matches(SourceFiles.Read(page))
            from match in CanaryCommand().Matches(block.Groups[1].Value)
            select match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var distinct = commands.Select(words => string.Join(' ', words)).Distinct().ToList();

        distinct.ShouldNotBeEmpty();
        foreach (var command in distinct)
        {
            var result = await ProcessRunner.RunAsync(
                "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "canary.dll"), .. command.Split(' '), "--help"]
            );
            result.ExitCode.ShouldBe(0, $"canary {command} --help\n{result.Text}");
            result.Output.ShouldContain($"canary {command}", customMessage: "The help is of another command.");
        }
    }

    [Fact]
    public void The_readme_is_short() => SourceFiles.Read("README.md").Split('\n').Length.ShouldBeLessThan(150);

    [Fact]
    public void Ci_runs_the_command_of_the_readme()
    {
        SourceFiles.Read("README.md").ShouldContain("./build.sh test");
        SourceFiles.Read(".ci/run").TrimEnd().Split('\n')[^1].ShouldBe("./build.sh test");
    }

    [Fact]
    public void Decisions_are_numbered_and_listed()
    {
        var decisions = SourceFiles
            .Find("*.md", "docs/adr")
            .Select(Path.GetFileName)
            .Where(name => name != "README.md")
            .ToList();
        decisions.Select((name, index) => (name, index)).ShouldAllBe(d => d.name!.StartsWith($"{d.index + 1:0000}-"));
        var list = SourceFiles.Read("docs/adr/README.md");
        decisions.Where(name => !list.Contains($"({name})")).ShouldBeEmpty();
    }

    private static HashSet<string> AnchorsOf(string file) =>
        File.Exists(file)
            ?
            [
                .. Heading()
                    .Matches(WithoutCode(File.ReadAllText(file)))
                    .Select(match =>
                        NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')
                    ),
            ]
            : [];

    private static string WithoutCode(string markdown) => CodeBlock().Replace(markdown, "");

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("^```(?:sh|console|bash)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^(?:\$ )?canary((?: [a-z][a-z-]*)+)", RegexOptions.Multiline)]
    private static partial Regex CanaryCommand();

    [GeneratedRegex(@"\./build\.sh ([a-z]+)")]
    private static partial Regex BuildCommand();

    [GeneratedRegex("^  ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex BuildTarget();
}
