using Canary.Contracts;
using MassTransit;

namespace Canary.Deployer.Advertising;

/// <summary>Command, within the deployer and only there with Consul: the versions of an application may have changed.</summary>
[Queue("deployer-share-versions")]
public sealed record ShareVersions
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }
}

/// <summary>Passes it on to who does it, at its own pace: what is to be written follows from the store, so none of these messages
/// matters by itself.</summary>
internal sealed class ShareVersionsConsumer(VersionSharing sharing) : IConsumer<ShareVersions>
{
    public Task Consume(ConsumeContext<ShareVersions> context)
    {
        sharing.Remind(context.Message.Application);
        return Task.CompletedTask;
    }
}
