using System.Linq.Expressions;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.Durability.Sagas;

/// <summary>
/// A state machine whose states ask one question each: entering the state asks it, its deadline asks it again, and giving up is an
/// argument. Before anything is asked again the state judges from what is recorded, so that a lost answer costs one deadline and
/// never more. An answer that comes too late is dropped, whichever it is; a command that the state does not handle is an error.
/// </summary>
/// <typeparam name="TSaga">The saga.</typeparam>
/// <typeparam name="TDeadline">The message that it sends to itself.</typeparam>
public abstract class AskingStateMachine<TSaga, TDeadline> : MassTransitStateMachine<TSaga>
    where TSaga : class, IAskingSaga
    where TDeadline : class, IDeadline
{
    private const int TriesForWhatIsOnItsWay = 3;

    private readonly Dictionary<State, Question<TSaga>> _questions = [];
    private readonly Func<Guid, TDeadline> _deadlineOf;

    /// <param name="deadlineOf">The deadline of the saga with this id.</param>
    /// <param name="idOf">The saga that a deadline is for.</param>
    protected AskingStateMachine(Func<Guid, TDeadline> deadlineOf, Func<TDeadline, Guid> idOf)
    {
        _deadlineOf = deadlineOf;
        InstanceState(saga => saga.CurrentState);
        OnUnhandledEvent(context => SagaEvents.IsCommand(context.Event) ? context.Throw() : context.Ignore());
        Schedule(
            () => Deadline,
            saga => saga.DeadlineToken,
            schedule =>
                schedule.Received = deadline =>
                    deadline
                        .CorrelateById(context => idOf(context.Message))
                        .OnMissingInstance(missing => missing.Discard())
        );
    }

    /// <summary>The deadline of the question of the state.</summary>
    public Schedule<TSaga, TDeadline> Deadline { get; private set; } = null!;

    /// <summary>Which state asks what.</summary>
    public IReadOnlyDictionary<State, Question<TSaga>> Questions => _questions;

    /// <summary>What the saga asks in its state.</summary>
    public Question<TSaga> QuestionOf(TSaga saga)
    {
        ArgumentNullException.ThrowIfNull(saga);

        return _questions[GetState(saga.CurrentState)];
    }

    /// <summary>Makes entering a state ask a question, and its deadline ask it again.</summary>
    /// <param name="state">The state.</param>
    /// <param name="question">What it asks.</param>
    /// <param name="orElse">What becomes of a saga whose question stays unanswered; default: it waits, as for a question that is
    /// asked for ever.</param>
    /// <param name="judge">What is done at a deadline before anything is asked: when it leaves the state, nothing is.</param>
    protected void Asks(
        State state,
        Question<TSaga> question,
        Func<EventActivityBinder<TSaga, TDeadline>, EventActivityBinder<TSaga, TDeadline>>? orElse = null,
        Func<EventActivityBinder<TSaga, TDeadline>, EventActivityBinder<TSaga, TDeadline>>? judge = null
    )
    {
        _questions.Add(state, question);
        WhenEnter(
            state,
            entered =>
                entered
                    .ThenAsync(context => BeginAsync(question, context))
                    .Schedule(Deadline, DeadlineFor, context => context.Saga.DeadlineAt!.Value.UtcDateTime)
        );
        During(
            state,
            (judge ?? (due => due))(When(Deadline.Received).Then(Remember))
                .If(
                    IsUnanswered,
                    open =>
                        open.IfElse(
                            context => MayAskAgain(question, context),
                            again =>
                                again
                                    .ThenAsync(context => AskAgainAsync(question, context))
                                    .Schedule(
                                        Deadline,
                                        context => DeadlineFor(context),
                                        context => context.Saga.DeadlineAt!.Value.UtcDateTime
                                    ),
                            orElse ?? (stay => stay)
                        )
                )
        );
        WhenLeave(state, left => left.Unschedule(Deadline));
    }

    /// <summary>Waits longer for an answer, since there was a sign of life; it does not count as asking.</summary>
    public EventActivityBinder<TSaga, T> WaitOn<T>(
        EventActivityBinder<TSaga, T> binder,
        Func<BehaviorContext<TSaga>, TimeSpan> wait
    )
        where T : class
    {
        ArgumentNullException.ThrowIfNull(binder);

        return binder
            .Then(context => context.Saga.DeadlineAt = context.StoreTime() + wait(context))
            .Schedule(Deadline, context => DeadlineFor(context), context => context.Saga.DeadlineAt!.Value.UtcDateTime);
    }

    /// <summary>Declares a command: one for a saga that is not there is an error, and tried again.</summary>
    protected void Command<T>(Expression<Func<Event<T>>> property, Func<T, Guid> idOf)
        where T : class =>
        Event(
            property,
            command =>
                command.CorrelateById(context => idOf(context.Message)).OnMissingInstance(missing => missing.Fault())
        );

    /// <summary>Declares a command that is sent again for as long as it matters. One for a saga that is not there, which may be on its
    /// way, is tried again a few times, and then left to the next that comes.</summary>
    protected void RepeatedCommand<T>(Expression<Func<Event<T>>> property, Func<T, Guid> idOf)
        where T : class =>
        Event(
            property,
            command =>
                command
                    .CorrelateById(context => idOf(context.Message))
                    .OnMissingInstance(missing =>
                        missing.Execute(context =>
                        {
                            if (context.GetRetryAttempt() < TriesForWhatIsOnItsWay)
                            {
                                throw new SagaException(
                                    "It is not there yet.",
                                    typeof(TSaga),
                                    typeof(T),
                                    idOf(context.Message)
                                );
                            }
                        })
                    )
        );

    /// <summary>Declares an answer: one for a saga that is not there is of no interest.</summary>
    protected void Answer<T>(Expression<Func<Event<T>>> property, Func<T, Guid> idOf)
        where T : class =>
        Event(
            property,
            answer =>
                answer.CorrelateById(context => idOf(context.Message)).OnMissingInstance(missing => missing.Discard())
        );

    private static async Task BeginAsync(Question<TSaga> question, BehaviorContext<TSaga> context)
    {
        context.Saga.Attempts = 1;
        context.Saga.DeadlineAt = context.StoreTime() + question.Every(context);
        await question.Ask(context);
    }

    private static async Task AskAgainAsync(Question<TSaga> question, BehaviorContext<TSaga> context)
    {
        if (!IsEarly(context))
        {
            context.Saga.Attempts++;
        }

        context.Saga.DeadlineAt = context.StoreTime() + question.Every(context);
        await question.Ask(context);
    }

    private static bool MayAskAgain(Question<TSaga> question, BehaviorContext<TSaga> context) =>
        IsEarly(context) || context.Saga.Attempts < question.AtMost(context);

    /// <summary>A host that starts brings all deadlines forward, and some have passed while it was down: what was under way is
    /// lost, and asking again is not the fault of who was asked.</summary>
    private static bool IsEarly(BehaviorContext<TSaga> context)
    {
        var (deadline, clock) = (context.Saga.DeadlineAt, context.Service<StoreClock>());
        return deadline > clock.Now || clock.WasMissed(deadline);
    }

    private static void Remember(BehaviorContext<TSaga> context) =>
        context.AddOrUpdatePayload(() => new Due(context.Saga.DeadlineToken), _ => new Due(context.Saga.DeadlineToken));

    /// <summary>Whoever leaves the state, and be it to come back to it, sets another deadline or none.</summary>
    private static bool IsUnanswered(BehaviorContext<TSaga> context) =>
        context.GetPayload<Due>().Token == context.Saga.DeadlineToken;

    private TDeadline DeadlineFor(BehaviorContext<TSaga> context) => _deadlineOf(context.Saga.CorrelationId);

    private sealed record Due(Guid? Token);
}
