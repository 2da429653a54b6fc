using System.Collections;
using System.Text;
using Canary.Hosting.Configuration;
using Canary.Testing;

namespace Canary.Architecture.Tests;

public sealed class OptionsTests
{
    private const string Reference = "docs/configuration.md";

    public static TheoryData<string> Sections => [.. OptionTypes.All.Select(options => options.Section)];

    [Fact]
    public void Every_service_has_options() =>
        OptionTypes
            .All.Select(options => options.Section.Split(':')[0])
            .Distinct()
            .ShouldBe([
                "ci-coordinator",
                "deployer",
                "github",
                "hosting",
                "ingress",
                "packager",
                "repository-publisher",
                "workspaces",
            ]);

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_option_is_documented(string section) =>
        Bound(section)
            .Options()
            .Where(option => string.IsNullOrWhiteSpace(option.Documentation))
            .Select(option => option.Key)
            .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_negative_number_or_duration_is_refused_at_start(string section)
    {
        var bound = Bound(section);
        bound
            .Options()
            .Where(option =>
                !option.IsInList && Negative(option.Property.PropertyType) is { } value && !IsRefused(option, value)
            )
            .Select(option => option.Key)
            .ShouldBeEmpty();

        bool IsRefused(Option option, object value) => bound.FaultsWith(option, value).Count > 0;

        static object? Negative(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            return type == typeof(int) ? -1
                : type == typeof(long) ? -1L
                : type == typeof(double) ? -1.0
                : type == typeof(TimeSpan) ? TimeSpan.FromSeconds(-1)
                : null;
        }
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void Durations_are_spans_never_bare_numbers(string section)
    {
        string[] units = ["Seconds", "Minutes", "Hours", "Milliseconds", "Days"];
        Bound(section)
            .Options()
            .Where(option => units.Any(unit => option.Property.Name.EndsWith(unit, StringComparison.Ordinal)))
            .Select(option => option.Key)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Names_that_people_choose_are_read_as_they_are_written()
    {
        var named = OptionTypes
            .All.SelectMany(options => options.Options())
            .Where(option => option.Property.PropertyType.IsAssignableTo(typeof(IDictionary)))
            .Select(option => option.Key.Replace("[]", ".0", StringComparison.Ordinal))
            .ToList();

        named.ShouldContain("repository-publisher.admission.owners");
        named
            .Where(key =>
                !ConfigurationKeys
                    .NormaliseSetting($"{key}.shop-web.example=x")
                    .EndsWith(":shop-web.example=x", StringComparison.Ordinal)
            )
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_reference_of_the_configuration_is_what_the_code_says()
    {
        const string marker =
            "<!-- Below this line the options themselves, as the code documents them; a test checks it. -->";
        var committed = SourceFiles.Read(Reference);
        committed.ShouldContain(marker);
        var introduction = committed[..(committed.IndexOf(marker, StringComparison.Ordinal) + marker.Length)];

        Snapshot.MatchFile(introduction + "\n" + Describe(), Reference);
    }

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var options in OptionTypes.All)
        {
            text.Append($"\n## {options.Section.Replace(':', '.')}\n\n{Documentations.Of(options.Type)}\n\n");
            foreach (var option in options.Options())
            {
                var value =
                    option.DefaultText is { Length: > 0 } written && IsPortable(option) ? $" (`{written}`)" : "";
                text.Append($"- `{option.Key}`{value}: {option.Documentation}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Whether the default is the same on every machine; where it is not, the documentation states the rule.</summary>
    private static bool IsPortable(Option option) =>
        option.Key is not ("hosting.data" or "ci-coordinator.builds.path")
        && option.Documentation?.Contains("processors", StringComparison.Ordinal) != true;

    private static BoundOptions Bound(string section) => OptionTypes.All.First(options => options.Section == section);
}
