using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>What the services measure stands in one file for each project; the page and the alerts name nothing else.</summary>
public sealed partial class MetricsTests
{
    private const string Page = "docs/metrics.md";
    private const string Rules = "docs/canary.rules.yml";

    private static readonly IReadOnlyList<Instrument> Instruments = FindInstruments();

    [Fact]
    public void The_page_of_metrics_is_what_the_code_says()
    {
        const string marker = "<!-- Below this line the metrics, as the code documents them; a test checks it. -->";
        var committed = SourceFiles.Read(Page);
        committed.ShouldContain(marker);
        var introduction = committed[..(committed.IndexOf(marker, StringComparison.Ordinal) + marker.Length)];

        Snapshot.MatchFile(introduction + "\n\n" + Describe(), Page);
    }

    [Fact]
    public void An_instrument_is_documented_and_named_for_us() =>
        Instruments
            .Where(it =>
                !it.Name.StartsWith("canary.", StringComparison.Ordinal) || string.IsNullOrEmpty(it.Description)
            )
            .Select(it => it.Name)
            .ShouldBeEmpty();

    [Fact]
    public void Instruments_are_made_in_the_file_of_their_project_alone() =>
        SourceFiles
            .Find("*.cs", "services")
            .Concat(SourceFiles.Find("*.cs", "platform"))
            .Where(file => !file.EndsWith("Meters.cs", StringComparison.Ordinal))
            .Where(file => SourceFiles.Read(file).Contains("new Meter(", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Fact]
    public void Every_metric_that_an_alert_names_exists()
    {
        var known = Instruments.SelectMany(NamesInPrometheus).ToHashSet();
        var named = Metric().Matches(SourceFiles.Read(Rules)).Select(match => match.Value).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(4);
        named.Except(known).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("check", Rules)]
    [InlineData("test", "docs/canary.rules.test.yml")]
    public async Task Prometheus_takes_the_alerts_and_raises_them(string what, string file) =>
        (await ProcessRunner.RunAsync("promtool", [what, "rules", SourceTree.PathOf(file)])).EnsureSuccess();

    /// <summary>As the exporter writes them: dots become underlines, the unit and the kind are appended.</summary>
    private static IEnumerable<string> NamesInPrometheus(Instrument it)
    {
        var name = it.Name.Replace('.', '_') + (it.Unit == "s" ? "_seconds" : "");
        return KindOf(it) switch
        {
            "counter" => [name + "_total"],
            "histogram" => [name + "_bucket", name + "_count", name + "_sum"],
            _ => [name],
        };
    }

    private static string Describe()
    {
        var text = new StringBuilder("| metric | in Prometheus | kind | what it is |\n|---|---|---|---|\n");
        foreach (var it in Instruments)
        {
            var names = string.Join(", ", NamesInPrometheus(it).Select(name => $"`{name}`"));
            text.Append($"| `{it.Name}` | {names} | {KindOf(it)} | {it.Description} |\n");
        }

        return text.ToString();
    }

    private static string KindOf(Instrument it)
    {
        var kind = it.GetType().Name;
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : kind.Contains("Counter", StringComparison.Ordinal) ? "counter"
            : "gauge";
    }

    private static IReadOnlyList<Instrument> FindInstruments() =>
        [
            .. from assembly in Assemblies.Products
            from type in Assemblies.TypesOf(assembly)
            where type.Name.EndsWith("Meters", StringComparison.Ordinal)
            from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
            where field.FieldType.IsSubclassOf(typeof(Instrument))
            let instrument = (Instrument)field.GetValue(null)!
            orderby instrument.Name
            select instrument,
        ];

    [GeneratedRegex(@"\bcanary_[a-z_]+\b")]
    private static partial Regex Metric();
}
