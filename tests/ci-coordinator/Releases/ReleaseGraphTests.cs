using System.Globalization;
using System.Text;
using Canary.CiCoordinator.Releases;
using Canary.Contracts.Releases;
using Canary.Durability.Sagas;
using Canary.Testing;
using MassTransit;
using MassTransit.SagaStateMachine;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>The picture of the saga in the documentation is the saga.</summary>
public sealed class ReleaseGraphTests
{
    private static readonly ReleaseStateMachine Machine = new();

    private static readonly string[] Lifecycle =
    [
        "Initial",
        ReleaseStates.Admitting,
        ReleaseStates.Building,
        ReleaseStates.Packaging,
        ReleaseStates.Publishing,
        ReleaseStates.Held,
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

    [Fact]
    public void Each_state_asks_one_question_and_handles_every_answer_to_it()
    {
        var asking = Machine.States.Where(state => state.Name is not ("Initial" or "Final")).ToList();
        Machine.Questions.Keys.ShouldBe(asking, ignoreOrder: true);
        foreach (var (state, question) in Machine.Questions)
        {
            var handled = Machine.NextEvents(state).Select(SagaEvents.MessageOf).ToList();
            question.Answers.ShouldNotBeEmpty();
            question.Answers.ShouldBeSubsetOf(handled.OfType<Type>(), state.Name);
        }
    }

    [Fact]
    public void Each_state_handles_every_command()
    {
        var commands = Machine.Events.Where(SagaEvents.IsCommand).Where(it => it != Machine.Acknowledged).ToList();
        foreach (var state in Machine.Questions.Keys)
        {
            // Answers of the lane and of ingress are commands too: they have one receiver.
            var handled = Machine.NextEvents(state).ToList();
            commands.Except(handled).Select(it => it.Name).ShouldBeEmpty(state.Name);
        }
    }

    [Fact]
    public void The_graph_fits_on_two_screens()
    {
        var source = File.ReadAllLines(
            SourceTree.PathOf("services", "ci-coordinator", "Releases", "ReleaseStateMachine.cs")
        );
        var start = Array.FindIndex(
            source,
            line => line.Contains("public ReleaseStateMachine()", StringComparison.Ordinal)
        );
        var length = Array.FindIndex(source, start, line => line == "    }") - start;
        length.ShouldBeInRange(20, 150);
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
