using System.Security.Cryptography;
using System.Text;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using MassTransit;
using MassTransit.Middleware;

namespace Canary.CiCoordinator.Releases;

/// <summary>Handles the messages of one release one after the other, and those of different releases side by side, so that
/// they conflict on the saga's row only with those that another replica handles. Not so the one that supersedes a release: it
/// may come before the release has started, is then tried again, and must not keep the start waiting.</summary>
internal static class ReleasePartitions
{
    private const int Partitions = 16;

    private const int Lanes = 256;

    public static void Configure(IReceiveEndpointConfigurator endpoint)
    {
        var partitioner = endpoint.CreatePartitioner(Partitions);
        By<PushReceived>(x => x.ReleaseId);
        By<StartRelease>(x => x.ReleaseId);
        By<AdmissionDelayed>(x => x.ReleaseId);
        By<BuildSucceeded>(x => x.ReleaseId);
        By<BuildFailed>(x => x.ReleaseId);
        By<PackageBuilt>(x => x.ReleaseId);
        By<PackagingFailed>(x => x.ReleaseId);
        By<PackagePublished>(x => x.ReleaseId);
        By<PublishingFailed>(x => x.ReleaseId);
        By<RolloutChanged>(x => x.ReleaseId);
        By<ContinueRelease>(x => x.ReleaseId);
        By<PromoteRelease>(x => x.ReleaseId);
        By<RollBackRelease>(x => x.ReleaseId);
        By<AbortRelease>(x => x.ReleaseId);
        By<AcknowledgeRelease>(x => x.ReleaseId);
        By<ReleaseDeadline>(x => x.ReleaseId);

        void By<T>(Func<T, Guid> release)
            where T : class => endpoint.UsePartitioner<T>(partitioner, context => release(context.Message));
    }

    /// <summary>The pushes of one application find their places one after the other; a repository that does not answer keeps
    /// hardly any other application waiting.</summary>
    public static void ConfigureLane(IReceiveEndpointConfigurator endpoint) =>
        endpoint.UsePartitioner<AdmitPush>(
            new Partitioner(Lanes, new Murmur3UnsafeHashGenerator()),
            context => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(context.Message.Push.Application)).AsSpan(0, 16))
        );
}
