using System.Globalization;
using System.Text;
using Canary.CiCoordinator.Releases;
using Canary.Contracts.Releases;
using Canary.Testing;
using MassTransit;
using MassTransit.SagaStateMachine;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>The picture of the saga in the documentation is the saga.</summary>
public sealed class ReleaseGraphTests
{
    private static readonly ReleaseStateMachine Machine = new(
        Options.Create(new ReleaseOptions()),
        TimeProvider.System
    );

    private static readonly string[] Lifecycle =
    [
        "Initial",
        ReleaseStates.Building,
        ReleaseStates.Packaging,
        ReleaseStates.Publishing,
        ReleaseStates.RollingOut,
    ];

    private static readonly string[] ReleaseEnds =
    [
        ReleaseStates.Completed,
        ReleaseStates.Failed,
        ReleaseStates.RolledBack,
        ReleaseStates.Superseded,
    ];

    [Fact]
    public void Documented_graph_is_the_machines_own()
    {
        var path = SourceTree.PathOf("docs", "sagas", "release.md");
        var documented = File.ReadAllText(path);
        var start = documented.IndexOf("```mermaid\n", StringComparison.Ordinal);
        var end = documented.IndexOf("```\n", start + 3, StringComparison.Ordinal);
        var generated = "```mermaid\n" + Mermaid();

        if (documented[start..end] != generated)
        {
            File.WriteAllText(
                SourceTree.PathOf("docs", "sagas", "release.received.md"),
                documented[..start] + generated + documented[end..]
            );
        }
        documented[start..end].ShouldBe(generated, "docs/sagas/release.received.md is right: move it over release.md.");
    }

    [Fact]
    public void States_are_those_of_the_contract()
    {
        string[] contract =
        [
            .. typeof(ReleaseStates).GetFields().Select(field => (string)field.GetRawConstantValue()!),
        ];

        Machine.States.Select(state => state.Name).Except(["Initial", "Final"]).ShouldBe(contract, ignoreOrder: true);
    }

    private static string Mermaid()
    {
        var graph = Machine.GetGraph();
        var transitions = graph
            .Edges.Where(edge => edge.From.VertexType == typeof(State))
            .SelectMany(into =>
                graph
                    .Edges.Where(edge => edge.From.Equals(into.To) && edge.To.VertexType == typeof(State))
                    .Select(outOf => (From: into.From.Title, Event: into.To.Title.Split('.')[0], To: outOf.To.Title))
            )
            .GroupBy(x => (x.From, x.To), x => x.Event)
            .OrderBy(x => Order(x.Key.From))
            .ThenBy(x => Order(x.Key.To));
        var text = new StringBuilder("stateDiagram-v2\n");
        foreach (var transition in transitions)
        {
            var from = transition.Key.From == "Initial" ? "[*]" : transition.Key.From;
            var events = string.Join(", ", transition.Distinct().Order(StringComparer.Ordinal));
            text.Append(CultureInfo.InvariantCulture, $"    {from} --> {transition.Key.To}: {events}\n");
        }
        foreach (var end in ReleaseEnds)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {end} --> [*]\n");
        }
        return text.ToString();
    }

    private static int Order(string state) => Array.IndexOf([.. Lifecycle, .. ReleaseEnds], state);
}
