using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>Failure codes stand in one place for each room of the house, and the page about them is made of it.</summary>
public sealed partial class ErrorsTests
{
    private const string Page = "docs/errors.md";

    private static readonly IReadOnlyList<Room> Rooms = FindRooms();

    [Fact]
    public void A_code_is_its_name_in_lower_case_words_joined_by_hyphens() =>
        Rooms
            .SelectMany(room => room.Codes)
            .Where(code => !Shape().IsMatch(code.Value) || Pascal(code.Value) != code.Field.Name)
            .Select(code => code.Field.Name)
            .ShouldBeEmpty();

    [Fact]
    public void Every_code_says_what_it_means_and_what_to_do() =>
        Rooms
            .SelectMany(room => room.Codes)
            .Where(code => string.IsNullOrWhiteSpace(code.Meaning) || string.IsNullOrWhiteSpace(code.Remedy))
            .Select(code => code.Value)
            .ShouldBeEmpty();

    [Fact]
    public void No_code_is_written_as_a_bare_string()
    {
        var known = Rooms
            .Where(room => room.Folder != "services/cli")
            .SelectMany(room => room.Codes)
            .Select(code => code.Value)
            .ToHashSet();
        var bare =
            from file in Files()
            let text = SourceFiles.Read(file)
            from match in CodeSite()
                .Matches(text)
                .Concat(Literal().Matches(text).Where(it => known.Contains(it.Groups[1].Value)))
            select $"{file}: {match.Value.ReplaceLineEndings(" ")}";
        bare.ShouldBeEmpty("It belongs into the …Codes.cs of its room.");
    }

    [Fact]
    public void Every_code_is_used()
    {
        var text = string.Concat(Sources().Select(SourceFiles.Read));
        Rooms
            .SelectMany(room => room.Codes.Select(code => $"{room.Type.Name}.{code.Field.Name}"))
            .Where(code => !Regex.IsMatch(text, $@"\b{Regex.Escape(code)}\b"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_page_of_errors_is_what_the_code_says() => Snapshot.MatchFile(Describe(), Page);

    private static string Describe()
    {
        var text = new StringBuilder(
            """
            # Errors

            Every failure has a code that stays, for scripts: in the API as `code` of a problem, in `canary … --json`, in events, and in the read model
            of a release. Beside it stands what failed, on what, and what to do. This page is made of the code; a test checks it.

            """
        );
        foreach (var room in Rooms)
        {
            text.Append($"\n## {room.Folder}\n\n| code | means | what to do |\n|---|---|---|\n");
            foreach (var code in room.Codes)
            {
                text.Append($"| `{code.Value}` | {code.Meaning} | {code.Remedy} |\n");
            }
        }

        return text.ToString();
    }

    private static IReadOnlyList<Room> FindRooms() =>
        [
            .. from project in Project.All
            where project.IsService || project.IsPlatform
            from type in Assemblies.TypesOf(Assemblies.Load(project.Name))
            where type.Namespace == project.Name && type.Name == project.Name["Canary.".Length..] + "Codes"
            let folder = Path.GetRelativePath(SourceTree.Root, project.Folder)
            orderby project.IsPlatform, folder
            select new Room(
                folder,
                type,
                [
                    .. type.GetFields(BindingFlags.Public | BindingFlags.Static)
                        .Select(field => new Code(field, (string)field.GetRawConstantValue()!))
                        .OrderBy(code => code.Value, StringComparer.Ordinal),
                ]
            ),
        ];

    /// <summary>Where codes are given. The CLI reads those of the server as other programs do, by the API alone.</summary>
    private static IEnumerable<string> Files() =>
        Sources().Where(file => !file.StartsWith("services/cli/", StringComparison.Ordinal));

    private static IEnumerable<string> Sources() =>
        SourceFiles
            .Find("*.cs", "services")
            .Concat(SourceFiles.Find("*.cs", "platform"))
            .Where(file =>
                !file.EndsWith("Codes.cs", StringComparison.Ordinal)
                && !file.Contains("/Migrations/", StringComparison.Ordinal)
            );

    private static string Pascal(string code) =>
        string.Concat(code.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex Shape();

    [GeneratedRegex("\"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("(CanaryException\\(|Problems\\s*\\.Result\\(\\s*[\\w.]+,|\\bCode\\s*=>?)\\s*\"[^\"]*\"")]
    private static partial Regex CodeSite();

    private sealed record Room(string Folder, Type Type, IReadOnlyList<Code> Codes);

    private sealed record Code(FieldInfo Field, string Value)
    {
        public string? Meaning => Documentations.Of(Field);

        public string? Remedy => Documentations.RemarksOn(Field);
    }
}
