using MassTransit;

namespace Canary.Durability.Sagas;

/// <summary>What a saga remembers of the question that its state has asked.</summary>
public interface IAskingSaga : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>Name of the state.</summary>
    string CurrentState { get; set; }

    /// <summary>Token of the deadline that is set; <c>null</c>: none is.</summary>
    Guid? DeadlineToken { get; set; }

    /// <summary>When the question is asked again, UTC. One that comes before was brought forward by a host that starts.</summary>
    DateTimeOffset? DeadlineAt { get; set; }

    /// <summary>How often the question was asked, the first time included.</summary>
    int Attempts { get; set; }
}
