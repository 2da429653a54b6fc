using Canary.Contracts;

namespace Canary.Deployer.Rollouts;

/// <summary>Keeps the stages of a rollout, in the words and order in which people see them.</summary>
internal static class RolloutStages
{
    private static readonly string[] BeforeWaves =
    [
        Steps.Preflight,
        Steps.PreDeploy,
        Steps.Canary,
        Steps.Soak,
        Steps.Promotion,
    ];

    public static void PlanStages(this RolloutState rollout) =>
        rollout.Stages = [
            .. BeforeWaves
                .Where(name => name != Steps.PreDeploy || rollout.Plan.PreDeploy is not null)
                .Concat(Enumerable.Range(1, rollout.WaveCount).Select(Steps.Wave))
                .Select(name =>
                    rollout.Stages.FirstOrDefault(stage => stage.Name == name)
                    ?? new StageSnapshot { Name = name, State = StageState.Pending }
                ),
        ];

    public static void Open(
        this RolloutState rollout,
        string name,
        DateTimeOffset now,
        StageState state = StageState.Running,
        string? detail = null
    )
    {
        if (rollout.Stages.All(stage => stage.Name != name))
        {
            rollout.Stages = [.. rollout.Stages, new StageSnapshot { Name = name, State = StageState.Pending }];
        }

        rollout.Change(
            name,
            stage =>
                stage with
                {
                    State = state,
                    StartedAt = stage.StartedAt ?? now,
                    Attempts = Math.Max(stage.Attempts, 1),
                    Detail = detail ?? stage.Detail,
                }
        );
    }

    /// <summary>Begins to update the hosts of a step.</summary>
    public static void Begin(this RolloutState rollout, string step, DateTimeOffset now)
    {
        rollout.Step = step;
        rollout.ReportedResults = 0;
        rollout.Open(step, now);
    }

    public static void Close(
        this RolloutState rollout,
        string name,
        DateTimeOffset now,
        StageState state = StageState.Succeeded,
        string? detail = null
    ) => rollout.Change(name, stage => stage with { State = state, FinishedAt = now, Detail = detail ?? stage.Detail });

    public static void Describe(this RolloutState rollout, string name, string detail) =>
        rollout.Change(name, stage => stage with { Detail = detail });

    public static void Skip(this RolloutState rollout, string name, string detail) =>
        rollout.Change(name, stage => stage with { State = StageState.Skipped, Detail = detail });

    /// <summary>Ends what is at work, and leaves out what has not begun.</summary>
    public static void CloseAll(this RolloutState rollout, DateTimeOffset now, StageState atWork) =>
        rollout.Stages = [
            .. rollout.Stages.Select(stage =>
                stage.State switch
                {
                    StageState.Running or StageState.Waiting => stage with { State = atWork, FinishedAt = now },
                    StageState.Pending => stage with { State = StageState.Skipped },
                    _ => stage,
                }
            ),
        ];

    public static DateTimeOffset? EndOf(this RolloutState rollout, string name) =>
        rollout.Stages.FirstOrDefault(stage => stage.Name == name)?.FinishedAt;

    public static DateTimeOffset? StartOf(this RolloutState rollout, string name) =>
        rollout.Stages.FirstOrDefault(stage => stage.Name == name)?.StartedAt;

    /// <summary>Shows how often the stage at work was asked for.</summary>
    public static void ShowAttempts(this RolloutState rollout) =>
        rollout.Stages = [
            .. rollout.Stages.Select(stage =>
                stage.State == StageState.Running
                    ? stage with
                    {
                        Attempts = Math.Max(stage.Attempts, rollout.Attempts),
                    }
                    : stage
            ),
        ];

    private static void Change(this RolloutState rollout, string name, Func<StageSnapshot, StageSnapshot> change) =>
        rollout.Stages = [.. rollout.Stages.Select(stage => stage.Name == name ? change(stage) : stage)];
}
