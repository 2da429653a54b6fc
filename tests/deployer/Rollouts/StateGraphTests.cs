using System.Globalization;
using System.Text;
using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Durability.Sagas;
using Canary.Testing;
using MassTransit;
using MassTransit.SagaStateMachine;

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
    public void Every_state_but_those_that_a_person_or_nothing_ends_asks_something()
    {
        Machine
            .States.Except(Machine.Questions.Keys)
            .Except(Machine.Ends)
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
        var commands = Machine.Events.Where(SagaEvents.IsCommand).ToList();
        commands.Count.ShouldBe(8);
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
    public void The_documented_graph_is_the_machines_own()
    {
        var documented = File.ReadAllText(SourceTree.PathOf("docs", "sagas", "rollout.md"));
        var start = documented.IndexOf("```mermaid\n", StringComparison.Ordinal);
        var end = documented.IndexOf("```\n", start + 3, StringComparison.Ordinal);

        Snapshot.MatchFile(
            documented[..start] + "```mermaid\n" + Mermaid() + documented[end..],
            "docs/sagas/rollout.md"
        );
    }

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

    private static string Mermaid()
    {
        var walk = new TransitionWalk();
        Machine.Accept(walk);
        var text = new StringBuilder("stateDiagram-v2\n");
        foreach (var transition in walk.Transitions.GroupBy(x => (x.From, x.To), x => x.Event))
        {
            var events = string.Join(", ", transition.Distinct().Order(StringComparer.Ordinal));
            text.Append(CultureInfo.InvariantCulture, $"    {transition.Key.From} --> {transition.Key.To}: {events}\n");
        }

        foreach (var state in Machine.States.Where(state => RolloutStates.IsFinal(state.Name)))
        {
            text.Append(CultureInfo.InvariantCulture, $"    {state.Name} --> [*]\n");
        }

        return text.ToString();
    }

    /// <summary>The library's own graph joins what different states do on the same event; this one keeps them
    /// apart.</summary>
    private sealed class TransitionWalk : StateMachineVisitor
    {
        private string _state = "";
        private string _event = "";

        public List<(string From, string Event, string To)> Transitions { get; } = [];

        public void Visit(State state, Action<State>? next = null)
        {
            _state = state.Name == "Initial" ? "[*]" : state.Name;
            next?.Invoke(state);
        }

        public void Visit(Event @event, Action<Event>? next = null)
        {
            _event = @event.Name.Split('.')[0];
            next?.Invoke(@event);
        }

        public void Visit<TMessage>(Event<TMessage> @event, Action<Event<TMessage>>? next = null)
            where TMessage : class
        {
            _event = @event.Name.Split('.')[0];
            next?.Invoke(@event);
        }

        public void Visit(IStateMachineActivity activity) => Visit(activity, null);

        public void Visit<T>(IBehavior<T> behavior)
            where T : class, SagaStateMachineInstance { }

        public void Visit<T>(IBehavior<T> behavior, Action<IBehavior<T>>? next)
            where T : class, SagaStateMachineInstance => next?.Invoke(behavior);

        public void Visit<T, TMessage>(IBehavior<T, TMessage> behavior)
            where T : class, SagaStateMachineInstance
            where TMessage : class { }

        public void Visit<T, TMessage>(IBehavior<T, TMessage> behavior, Action<IBehavior<T, TMessage>>? next)
            where T : class, SagaStateMachineInstance
            where TMessage : class => next?.Invoke(behavior);

        public void Visit(IStateMachineActivity activity, Action<IStateMachineActivity>? next)
        {
            if (activity is TransitionActivity<RolloutState> transition && transition.ToState.Name != _state)
            {
                Transitions.Add((_state, _event, transition.ToState.Name));
            }

            next?.Invoke(activity);
        }
    }
}
