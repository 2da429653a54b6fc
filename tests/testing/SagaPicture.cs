using System.Globalization;
using System.Text;
using MassTransit;
using MassTransit.SagaStateMachine;

namespace Canary.Testing;

/// <summary>The picture of a state machine in its document: the block <c>```mermaid</c>.</summary>
public static class SagaPicture
{
    /// <summary>Throws unless the document shows the machine as it is.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="path">The document, relative to the repository's top folder.</param>
    /// <param name="isEnd">Whether nothing follows a state.</param>
    public static void Match<TSaga>(MassTransitStateMachine<TSaga> machine, string path, Func<string, bool> isEnd)
        where TSaga : class, SagaStateMachineInstance
    {
        ArgumentNullException.ThrowIfNull(machine);

        var documented = File.ReadAllText(SourceTree.PathOf(path));
        var start = documented.IndexOf("```mermaid\n", StringComparison.Ordinal);
        var end = documented.IndexOf("```\n", start + 3, StringComparison.Ordinal);
        Snapshot.MatchFile(documented[..start] + "```mermaid\n" + Of(machine, isEnd) + documented[end..], path);
    }

    /// <summary>How many lines the graph of a machine takes: its constructor.</summary>
    /// <param name="path">The source file, relative to the repository's top folder.</param>
    public static int LinesOf(string path)
    {
        var source = File.ReadAllLines(SourceTree.PathOf(path));
        var constructor = $"public {Path.GetFileNameWithoutExtension(path)}()";
        var start = Array.FindIndex(source, line => line.Contains(constructor, StringComparison.Ordinal));
        return Array.FindIndex(source, start, line => line == "    }") - start;
    }

    private static string Of<TSaga>(MassTransitStateMachine<TSaga> machine, Func<string, bool> isEnd)
        where TSaga : class, SagaStateMachineInstance
    {
        var walk = new TransitionWalk<TSaga>();
        machine.Accept(walk);
        var text = new StringBuilder("stateDiagram-v2\n");
        foreach (var transition in walk.Transitions.GroupBy(x => (x.From, x.To), x => x.Event))
        {
            var events = string.Join(", ", transition.Distinct().Order(StringComparer.Ordinal));
            text.Append(CultureInfo.InvariantCulture, $"    {transition.Key.From} --> {transition.Key.To}: {events}\n");
        }

        foreach (var state in machine.States.Where(state => isEnd(state.Name)))
        {
            text.Append(CultureInfo.InvariantCulture, $"    {state.Name} --> [*]\n");
        }

        return text.ToString();
    }

    /// <summary>The library's own graph joins what different states do on the same event; this one keeps them
    /// apart.</summary>
    private sealed class TransitionWalk<TSaga> : StateMachineVisitor
        where TSaga : class, SagaStateMachineInstance
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
            if (activity is TransitionActivity<TSaga> transition && transition.ToState.Name != _state)
            {
                Transitions.Add((_state, _event, transition.ToState.Name));
            }

            next?.Invoke(activity);
        }
    }
}
