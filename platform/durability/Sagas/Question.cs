using MassTransit;

namespace Canary.Durability.Sagas;

/// <summary>What a state wants to know, of whom, and how long it waits.</summary>
/// <typeparam name="TSaga">The saga that asks.</typeparam>
public sealed record Question<TSaga>
    where TSaga : class, IAskingSaga
{
    /// <summary>Whom it is asked, as it is said of one who does not answer: <c>the repository publisher</c>.</summary>
    public required string Of { get; init; }

    /// <summary>Sends it. Called when the state is entered and at every deadline, so it carries an id that follows from what is
    /// asked, and asks only for what is not recorded yet.</summary>
    public required Func<BehaviorContext<TSaga>, Task> Ask { get; init; }

    /// <summary>Time until it is asked again.</summary>
    public required Func<BehaviorContext<TSaga>, TimeSpan> Every { get; init; }

    /// <summary>How often it is asked, the first time included, before the state gives up; default: for ever.</summary>
    public Func<BehaviorContext<TSaga>, int> AtMost { get; init; } = _ => int.MaxValue;

    /// <summary>The messages that answer it: its state handles each of them.</summary>
    public required IReadOnlyList<Type> Answers { get; init; }
}
