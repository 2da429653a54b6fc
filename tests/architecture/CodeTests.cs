using System.Text.RegularExpressions;

namespace Canary.Architecture.Tests;

public sealed partial class CodeTests
{
    public static TheoryData<string> Services => [.. Project.All.Where(p => p.IsService).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_shows_others_only_its_registration_its_options_and_its_messages(string project)
    {
        var exported = Assemblies
            .TypesOf(Assemblies.Load(project))
            .Where(type => type.IsVisible)
            .Where(type => !type.Name.EndsWith("Module", StringComparison.Ordinal))
            .Where(type => !IsMessage(type))
            .Except(OptionTypes.All.SelectMany(option => option.WithNested()))
            .Select(type => type.FullName);
        exported.ShouldBeEmpty("Make them internal.");

        // What a service sends to itself is a record like every message; the bus reads and writes public ones.
        static bool IsMessage(Type type) => type.GetMethod("<Clone>$") is not null;
    }

    [Fact]
    public void Classes_are_sealed_unless_something_derives_from_them()
    {
        var types = Assemblies.Products.SelectMany(Assemblies.TypesOf).ToList();
        var bases = types.Select(type => Open(type.BaseType)).ToHashSet();
        types
            .Where(type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !bases.Contains(type))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

        static Type? Open(Type? type) => type is { IsGenericType: true } ? type.GetGenericTypeDefinition() : type;
    }

    [Fact]
    public void A_warning_is_switched_off_only_with_its_reason_beside_it()
    {
        var bare =
            from file in SourceFiles.Find("*.cs")
            where !file.Contains("/Migrations/", StringComparison.Ordinal)
            let lines = SourceFiles.Read(file).Split('\n')
            from index in Enumerable.Range(0, lines.Length)
            where SwitchOff().IsMatch(lines[index])
            where !lines[index].Contains("//", StringComparison.Ordinal) && !IsComment(lines, index - 1)
            select $"{file}:{index + 1}: {lines[index].Trim()}";
        bare.Where(line => !line.Contains("Justification = ", StringComparison.Ordinal)).ShouldBeEmpty();

        static bool IsComment(string[] lines, int index) =>
            index >= 0 && lines[index].TrimStart().StartsWith("//", StringComparison.Ordinal);
    }

    /// <summary>Who has installed packages has no folder hosts/.</summary>
    [Fact]
    public void Who_is_sent_to_a_script_of_a_checkout_hears_what_its_package_has()
    {
        var halves =
            from file in SourceFiles.Find("*.cs", "services")
            let lines = SourceFiles.Read(file).Split('\n')
            from index in Enumerable.Range(0, lines.Length)
            where !lines[index].TrimStart().StartsWith("//", StringComparison.Ordinal)
            where ScriptOfHosts().IsMatch(lines[index])
            let around = lines[Math.Max(0, index - 1)..Math.Min(lines.Length, index + 2)]
            where !around.Any(line => CommandOfPackage().IsMatch(line))
            select $"{file}:{index + 1}: {lines[index].Trim()}";
        halves.ShouldBeEmpty();
    }

    [Fact]
    public void The_clock_is_injected_and_never_read_from_the_side()
    {
        var banned = SourceFiles.Read("BannedSymbols.txt");
        foreach (
            var member in new[] { "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow" }
        )
        {
            banned.ShouldContain($"P:System.{member};");
        }

        // The compiler enforces the list; this is the only way around it.
        SourceFiles
            .Find("*.cs", "services")
            .Concat(SourceFiles.Find("*.cs", "platform"))
            .Where(file => SourceFiles.Read(file).Contains("RS0030", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_left_for_later()
    {
        var marks =
            from file in SourceFiles.Find("*.cs").Concat(SourceFiles.Find("*.sh")).Append("build.cake")
            from line in SourceFiles.Read(file).Split('\n')
            where LeftForLater().IsMatch(line) && !line.Contains("LeftForLater", StringComparison.Ordinal)
            select $"{file}: {line.Trim()}";
        marks.ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\s*(#pragma warning disable|\[.*SuppressMessage\()")]
    private static partial Regex SwitchOff();

    [GeneratedRegex(@"\b(TO" + "DO|FIX" + "ME|HA" + @"CK|XX" + @"X)\b|NotImplemented" + "Exception")]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"\bhosts/(install|prepare)[a-z-]*\.sh")]
    private static partial Regex ScriptOfHosts();

    [GeneratedRegex("canary-(host|build-host|prepare-rehearsal)")]
    private static partial Regex CommandOfPackage();
}
