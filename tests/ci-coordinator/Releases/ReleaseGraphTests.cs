using Canary.CiCoordinator.Releases;
using Canary.Contracts.Releases;
using Canary.Durability.Sagas;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>The picture of the saga in the documentation is the saga.</summary>
public sealed class ReleaseGraphTests
{
    private static readonly ReleaseStateMachine Machine = new();

    [Fact]
    public void Documented_graph_is_the_machines_own() =>
        SagaPicture.Match(Machine, "docs/sagas/release.md", ReleaseStates.IsFinal);

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
    public void The_graph_fits_on_two_screens() =>
        SagaPicture.LinesOf("services/ci-coordinator/Releases/ReleaseStateMachine.cs").ShouldBeInRange(20, 150);
}
