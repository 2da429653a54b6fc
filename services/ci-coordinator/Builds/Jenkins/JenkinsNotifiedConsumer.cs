using Canary.Contracts.Building;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Has the builds at work look at Jenkins at once, in whatever replica they are. It compares nothing: a look at the wrong moment
/// costs an answer of Jenkins, and a build that is not looked at would cost time.</summary>
internal sealed class JenkinsNotifiedConsumer(ReplicaSignal<ReleaseStore> notified) : IConsumer<JenkinsNotified>
{
    public Task Consume(ConsumeContext<JenkinsNotified> context)
    {
        notified.Send();
        return Task.CompletedTask;
    }
}
