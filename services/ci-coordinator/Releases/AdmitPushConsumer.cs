using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Canary.Processes.Workspaces;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.CiCoordinator.Releases;

/// <summary>
/// Finds the place of a push: the head of the branch is the newest, what the head was built upon is superseded by it, and what the
/// branch does not contain is not released. A head whose own push has not come gets its release here.
/// </summary>
internal sealed class AdmitPushConsumer(ReleaseStore store, Lanes lanes, ReleaseOpening opening, Workspaces workspaces)
    : IConsumer<AdmitPush>
{
    /// <summary>Asking again does not help.</summary>
    private static readonly string[] Final =
    [
        ProcessesCodes.SourceRefused,
        ProcessesCodes.CommitInvalid,
        ProcessesCodes.CommitMissing,
        ProcessesCodes.RepositoryOfOthers,
    ];

    /// <summary>Stands for the branch where a person runs what is checked out, and no branch is. No branch has this name.</summary>
    private const string Detached = "HEAD";

    public async Task Consume(ConsumeContext<AdmitPush> context)
    {
        var push = context.Message.Push;
        var known = await store.Admissions.FindAsync([push.ReleaseId], context.CancellationToken);
        if (known is null || (context.Message.IsRepeated && !push.IsRequested))
        {
            // Read before git is asked: of two that ask at once one conflicts when it commits, and asks again.
            var lane = await lanes.OfAsync(push.Application, context.CancellationToken);
            try
            {
                known = await PlaceAsync(lane, push, known, context);
            }
            catch (CanaryException e) when (IsFinal(push, e.Code))
            {
                known ??= Admission.Refused(push, e.ToFailure());
            }
            catch (CanaryException e)
            {
                await DelayAsync(context, e);
                return;
            }
            catch (IOException e) when (DiskFull.From(e, workspaces.Copies) is { } full)
            {
                await DelayAsync(context, full);
                return;
            }
            if (store.Entry(known).State == EntityState.Detached)
            {
                store.Admissions.Add(known);
            }
        }
        await context.SendCommand(known.Start(push));
    }

    /// <summary>A branch that a webhook names may be on its way; a person looks at the answer.</summary>
    private static bool IsFinal(PushReceived push, string code) =>
        Final.Contains(code) || (push.IsRequested && code == ProcessesCodes.BranchMissing);

    private static Task DelayAsync(ConsumeContext<AdmitPush> context, CanaryException reason) =>
        context.Publish(
            new AdmissionDelayed { ReleaseId = context.Message.ReleaseId, Failure = reason.ToFailure() },
            context.CancellationToken
        );

    private async Task<Admission> PlaceAsync(Lane lane, PushReceived push, Admission? known, ConsumeContext context)
    {
        if (push.Upload is not null)
        {
            return known ?? lane.Admit(push);
        }

        var source = new SourceRequest
        {
            CloneUrl = push.Source.CloneUrl,
            Commit = push.Source.Commit,
            Branch = push.Source.Branch == Detached ? null : push.Source.Branch,
        };
        if (!push.Deploys)
        {
            // What is only built has no place among the releases, and is what its branch says like any other.
            return await OnBranchAsync(push, source, () => Admission.WithoutPlace(push), context.CancellationToken);
        }

        if (push.IsRequested)
        {
            return await RequestedAsync(lane, push, source, context.CancellationToken);
        }

        var position = await workspaces.LocateAsync(source, context.CancellationToken);
        if (position.Relation == CommitRelation.Head && known is null)
        {
            return lane.AdmitHead(push);
        }
        var head = await opening.ReleaseOfHeadAsync(lane, push, position, context);
        return known
            ?? (
                position.Relation == CommitRelation.Ancestor
                    ? Admission.Superseded(push, head)
                    : Admission.Refused(push, NotOnBranch(push, position))
            );
    }

    /// <summary>What a person asks for need not be the newest. It must be on its branch all the same: a repository serves commits by
    /// their ids that nobody with the right to push has taken in, those of pull requests for example.</summary>
    private async Task<Admission> RequestedAsync(
        Lane lane,
        PushReceived push,
        SourceRequest source,
        CancellationToken cancellation
    )
    {
        await workspaces.FetchAsync(source with { Branch = null }, cancellation);
        return await OnBranchAsync(push, source, () => lane.Admit(push), cancellation);
    }

    private async Task<Admission> OnBranchAsync(
        PushReceived push,
        SourceRequest source,
        Func<Admission> admit,
        CancellationToken cancellation
    ) =>
        await workspaces.LocateAsync(source, cancellation) is { Relation: CommitRelation.Elsewhere } position
            ? Admission.Refused(push, NotOnBranch(push, position))
            : admit();

    private static Failure NotOnBranch(PushReceived push, CommitPosition position) =>
        new()
        {
            Code = CiCoordinatorCodes.CommitNotOnBranch,
            Message =
                $"The branch {push.Source.Branch} does not contain the commit {push.Source.Commit[..12]}: it is at "
                + $"{position.Head[..12]}.",
            Remedy = push.IsRequested
                ? "Name the branch that holds it: canary run --branch BRANCH --commit COMMIT. If none does, such as that of a pull "
                    + "request or one that was forced away, push it to a branch first."
                : "Nothing needs to be done if the branch was set elsewhere on purpose: its head has a release of its own. To "
                    + "release this commit nevertheless, push it to a branch: canary run --branch BRANCH --commit COMMIT.",
        };
}
