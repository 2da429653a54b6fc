using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using MassTransit;

namespace Canary.CiCoordinator.Releases;

/// <summary>Opens a release that deploys what another one has published.</summary>
internal sealed class DeployReleaseConsumer(ReleaseStore store, Lanes lanes, ReleaseOpening opening, Holds holds)
    : IConsumer<DeployRelease>
{
    public async Task Consume(ConsumeContext<DeployRelease> context)
    {
        var (command, cancellation) = (context.Message, context.CancellationToken);
        if (await store.Admissions.FindAsync([command.ReleaseId], cancellation) is { } known)
        {
            await context.SendCommand(known.Start(command.Push));
            return;
        }

        // Whoever deploys by hand has decided: it is not held, and the head of the branch does not matter.
        var push = command.Push with
        {
            ReleaseId = command.ReleaseId,
            IsRequested = true,
        };
        var published = await store.Releases.FindAsync([command.Deployment.Of], cancellation);
        if (published is not { IsPublished: true })
        {
            await opening.OpenAsync(Admission.Refused(push, NotPublished(command)), push, published: null, context);
            return;
        }
        var lane = await lanes.OfAsync(command.Application, cancellation);
        await opening.OpenAsync(lane.Admit(push, command.Deployment), push, published, context);
        if (command.Holds)
        {
            await holds.HoldAsync(
                command.Application,
                command.Deployment.By,
                command.Deployment.Reason ?? $"{command.Deployment.Version} was deployed again",
                context
            );
        }
    }

    private static Failure NotPublished(DeployRelease command) =>
        new()
        {
            Code = CiCoordinatorCodes.VersionNotPublished,
            Message =
                $"The release {command.Deployment.Of} has published no version {command.Deployment.Version} of "
                + $"{command.Application}.",
            Remedy =
                "See which versions there are: canary releases list --app APP; or run the commit: canary run --commit COMMIT.",
        };
}
