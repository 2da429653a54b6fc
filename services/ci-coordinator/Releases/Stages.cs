using Canary.Contracts;

namespace Canary.CiCoordinator.Releases;

/// <summary>The stages that a release goes through before its rollout.</summary>
internal static class Stages
{
    internal const string Build = "build";
    internal const string Package = "package";
    internal const string Publish = "publish";

    internal static List<StageSnapshot> AllPending() =>
        [
            .. new[] { Build, Package, Publish }.Select(name => new StageSnapshot
            {
                Name = name,
                State = StageState.Pending,
            }),
        ];

    internal static void Start(this ReleaseState release, string stage, DateTimeOffset now) =>
        release.Change(
            stage,
            old =>
                old.State == StageState.Skipped
                    ? old
                    : old with
                    {
                        State = StageState.Running,
                        StartedAt = now,
                        Attempts = 1,
                    }
        );

    internal static void End(this ReleaseState release, string stage, StageState state, DateTimeOffset now) =>
        release.Change(
            stage,
            old => old.State == StageState.Skipped ? old : old with { State = state, FinishedAt = now }
        );

    internal static void Describe(this ReleaseState release, string stage, string? detail) =>
        release.Change(stage, old => detail is null ? old : old with { Detail = detail });

    internal static void NoteAttempts(this ReleaseState release) =>
        release.Replace(old => old.State == StageState.Running ? old with { Attempts = release.Attempts } : old);

    /// <summary>What has not ended by itself: the one at work was cut short, the others are not needed any more.</summary>
    internal static void EndOpenOnes(this ReleaseState release, StageState running, DateTimeOffset now) =>
        release.Replace(old =>
            old.State switch
            {
                StageState.Running => old with { State = running, FinishedAt = now },
                StageState.Pending => old with { State = StageState.Skipped },
                _ => old,
            }
        );

    internal static void SkipAll(this ReleaseState release, string reason) =>
        release.Replace(old => old with { State = StageState.Skipped, Detail = reason });

    internal static void SkipBuild(this ReleaseState release, string reason) =>
        release.Replace(old => old.Name == Publish ? old : old with { State = StageState.Skipped, Detail = reason });

    private static void Change(this ReleaseState release, string stage, Func<StageSnapshot, StageSnapshot> change) =>
        release.Replace(old => old.Name == stage ? change(old) : old);

    private static void Replace(this ReleaseState release, Func<StageSnapshot, StageSnapshot> change) =>
        release.Stages = [.. release.Stages.Select(change)];
}
