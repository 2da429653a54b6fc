using Canary.Contracts;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.Hosting.Tests;

[Queue("delivery")]
public sealed record StartDelivery(Guid Id);

[Queue("delivery")]
public sealed record AddStop(Guid Id);

[Queue("delivery")]
public sealed record FinishDelivery(Guid Id);

public sealed record DeliveryFinished(Guid Id, int Stops);

[Queue("delivery")]
public sealed record DeliveryOverdue(Guid Id) : IDeadline;

[Queue("delivery")]
public sealed record CoffeeBreakOver(Guid Id);

public sealed class DeliveryState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public int Stops { get; set; }

    public int Reminders { get; set; }

    public int Coffees { get; set; }

    public Guid? OverdueToken { get; set; }

    public Guid? CoffeeToken { get; set; }
}

public sealed class DeliveryTimes
{
    public TimeSpan Overdue { get; set; } = TimeSpan.FromHours(1);

    public TimeSpan Coffee { get; set; } = TimeSpan.FromHours(1);
}

public sealed class DeliveryStateMachine : MassTransitStateMachine<DeliveryState>
{
    public DeliveryStateMachine(DeliveryTimes times)
    {
        InstanceState(x => x.CurrentState);
        Event(() => Started, x => x.CorrelateById(m => m.Message.Id).SelectId(m => m.Message.Id));
        Event(() => StopAdded, x => x.CorrelateById(m => m.Message.Id));
        Event(() => Finished, x => x.CorrelateById(m => m.Message.Id));
        Schedule(
            () => Overdue,
            x => x.OverdueToken,
            x =>
            {
                x.Delay = times.Overdue;
                x.Received = e => e.CorrelateById(m => m.Message.Id);
            }
        );
        Schedule(
            () => Coffee,
            x => x.CoffeeToken,
            x =>
            {
                x.Delay = times.Coffee;
                x.Received = e => e.CorrelateById(m => m.Message.Id);
            }
        );

        Initially(
            When(Started)
                .Schedule(Overdue, context => new DeliveryOverdue(context.Saga.CorrelationId))
                .Schedule(Coffee, context => new CoffeeBreakOver(context.Saga.CorrelationId))
                .TransitionTo(UnderWay)
        );
        During(
            UnderWay,
            Ignore(Started),
            When(StopAdded).Then(context => context.Saga.Stops++),
            When(Overdue!.Received).Then(context => context.Saga.Reminders++),
            When(Coffee!.Received).Then(context => context.Saga.Coffees++),
            When(Finished)
                .Unschedule(Overdue)
                .Unschedule(Coffee)
                .PublishEvent(context => new DeliveryFinished(context.Saga.CorrelationId, context.Saga.Stops))
                .TransitionTo(Done)
        );
        During(Done, Ignore(Started), Ignore(StopAdded), Ignore(Finished), Ignore(Overdue.AnyReceived));
    }

    public State UnderWay { get; private set; } = null!;

    public State Done { get; private set; } = null!;

    public Event<StartDelivery> Started { get; private set; } = null!;

    public Event<AddStop> StopAdded { get; private set; } = null!;

    public Event<FinishDelivery> Finished { get; private set; } = null!;

    public Schedule<DeliveryState, DeliveryOverdue> Overdue { get; private set; } = null!;

    public Schedule<DeliveryState, CoffeeBreakOver> Coffee { get; private set; } = null!;
}
