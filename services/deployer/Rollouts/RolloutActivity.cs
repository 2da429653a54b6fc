using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>A step of the saga that reads the store: everything else is a verb of the state machine.</summary>
internal abstract class RolloutActivity : IStateMachineActivity<RolloutState>
{
    public void Probe(ProbeContext context) => context.CreateScope(GetType().Name);

    public void Accept(StateMachineVisitor visitor) => visitor.Visit(this);

    public async Task Execute(BehaviorContext<RolloutState> context, IBehavior<RolloutState> next)
    {
        await RunAsync(context);
        await next.Execute(context);
    }

    public async Task Execute<T>(BehaviorContext<RolloutState, T> context, IBehavior<RolloutState, T> next)
        where T : class
    {
        await RunAsync(context);
        await next.Execute(context);
    }

    public Task Faulted<TException>(
        BehaviorExceptionContext<RolloutState, TException> context,
        IBehavior<RolloutState> next
    )
        where TException : Exception => next.Faulted(context);

    public Task Faulted<T, TException>(
        BehaviorExceptionContext<RolloutState, T, TException> context,
        IBehavior<RolloutState, T> next
    )
        where T : class
        where TException : Exception => next.Faulted(context);

    protected abstract Task RunAsync(BehaviorContext<RolloutState> context);
}
