using Canary.Contracts;
using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Releases;

/// <summary>What the lane has decided about a release. Asked again, it says the same.</summary>
internal sealed class Admission
{
    public required Guid ReleaseId { get; init; }

    public required string Application { get; init; }

    public required string Commit { get; init; }

    /// <summary>Place in the one order of the application's releases; 0: it has none.</summary>
    public long Number { get; init; }

    public Guid? Supersedes { get; init; }

    public Guid? SupersededBy { get; init; }

    public Failure? Refusal { get; init; }

    public Deployment? Deployment { get; init; }

    /// <summary>Whether the release ended so long ago that only its place is remembered.</summary>
    public bool IsForgotten { get; init; }

    public static Admission WithoutPlace(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            Commit = push.Source.Commit,
        };

    public static Admission Superseded(PushReceived push, Guid by) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            Commit = push.Source.Commit,
            SupersededBy = by,
        };

    public static Admission Refused(PushReceived push, Failure refusal) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            Commit = push.Source.Commit,
            Refusal = refusal,
        };

    private static Failure EndedLongAgo =>
        new()
        {
            Code = CiCoordinatorCodes.ReleaseForgotten,
            Message = "This release ended long ago and was forgotten: a message of it came again.",
            Remedy = "Nothing needs to be done. To release the commit once more: canary run --commit COMMIT.",
        };

    public StartRelease Start(PushReceived push) =>
        new()
        {
            ReleaseId = ReleaseId,
            Push = push,
            Number = Number,
            Deployment = Deployment,
            Refusal = IsForgotten ? EndedLongAgo : Refusal,
            Supersedes = Supersedes,
            SupersededBy = SupersededBy,
        };
}
