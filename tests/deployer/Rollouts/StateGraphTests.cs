using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Durability.Sagas;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>The picture of the saga in the documentation is the saga.</summary>
public sealed class StateGraphTests
{
    private static readonly RolloutStateMachine Machine = new();

    [Fact]
    public void Every_state_handles_every_answer_to_its_question()
    {
        foreach (var (state, question) in Machine.Questions)
        {
            question
                .Answers.Except(Machine.NextEvents(state).Select(SagaEvents.MessageOf))
                .ShouldBeEmpty($"{state.Name} asks {question.Of}");
        }
    }

    [Fact]
    public void Every_state_but_those_that_a_person_ends_asks_something()
    {
        Machine
            .States.Except(Machine.Questions.Keys)
            .Select(state => state.Name)
            .ShouldBe(
                [
                    "Initial",
                    "Final",
                    nameof(Machine.StartingWave),
                    nameof(Machine.StartingRollback),
                    nameof(Machine.Paused),
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public void Every_state_handles_every_command()
    {
        // What an end asks for comes to nobody else.
        var commands = Machine.Events.Where(SagaEvents.IsCommand).Except([Machine.Acknowledged]).ToList();
        commands.Count.ShouldBe(10);
        foreach (
            var state in Machine.States.Except([
                Machine.Initial,
                Machine.Final,
                Machine.StartingWave,
                Machine.StartingRollback,
            ])
        )
        {
            commands.Except(Machine.NextEvents(state)).Select(it => it.Name).ShouldBeEmpty(state.Name);
        }
    }

    [Fact]
    public void The_documented_graph_is_the_machines_own() =>
        SagaPicture.Match(Machine, "docs/sagas/rollout.md", RolloutStates.IsFinal);

    [Fact]
    public void The_graph_fits_on_two_screens() =>
        SagaPicture.LinesOf("services/deployer/Rollouts/RolloutStateMachine.cs").ShouldBeInRange(20, 150);

    [Fact]
    public void The_world_sees_the_states_of_the_contract_and_no_others()
    {
        var contract = typeof(RolloutStates).GetFields().Select(field => (string)field.GetRawConstantValue()!);

        Machine
            .States.Select(state => state.Name)
            .Except(["Initial", "Final"])
            .Select(RolloutStateMachine.PublicNameOf)
            .Distinct()
            .ShouldBe(contract, ignoreOrder: true);
    }
}
