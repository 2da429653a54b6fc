using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Hosting.Logs;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Hooks;

/// <summary>Asks the host about the script of a rollout, which starts it the first time, and records what the host says.</summary>
internal sealed class RunHookConsumer(
    DeployerStore store,
    IInventory inventory,
    HostTransports transports,
    HostTries tries,
    HookLogs logs,
    ILogger<RunHookConsumer> logger
) : IConsumer<RunHook>
{
    /// <summary>Most characters that are kept of what a host says about the standing.</summary>
    private const int LongestText = 2000;

    public async Task Consume(ConsumeContext<RunHook> context)
    {
        var (command, cancellation) = (context.Message, context.CancellationToken);
        var run = await store.HookRuns.FindAsync([command.RolloutId], cancellation);
        if (run is null || run.Visit != command.Visit)
        {
            logger.LogInformation("The script of {Rollout} is followed by a later visit", command.RolloutId);
            return;
        }

        if (run.Standing == HookStanding.Running)
        {
            await VisitAsync(run, cancellation);
        }

        await context.Publish(new HookReported { RolloutId = command.RolloutId, Visit = command.Visit }, cancellation);
    }

    private async Task VisitAsync(HookRun run, CancellationToken cancellation)
    {
        var rollout = await store
            .Rollouts.AsNoTracking()
            .SingleAsync(it => it.CorrelationId == run.RolloutId, cancellation);
        if (rollout.CurrentState != nameof(RolloutStateMachine.RunningHook) || rollout.Plan.PreDeploy is not { } script)
        {
            return;
        }

        var previous = await store
            .Hosts.AsNoTracking()
            .Where(row => row.RolloutId == run.RolloutId && row.Host == run.Host)
            .Select(row => row.PreviousVersion)
            .SingleOrDefaultAsync(cancellation);
        using var log = logs.Begin(
            rollout.ReleaseId,
            run.Offset == 0 ? $"{script.Path} of {rollout.Package.Name} {rollout.Package.Version} on {run.Host}" : ""
        );
        run.Problem = await tries.RunAsync(
            run.Host,
            AskAsync,
            isFinal: failure => !HookFailures.IsTransient(failure),
            cancellation,
            "hook"
        );
        if (run.Problem is { } problem)
        {
            log.Say($"{run.Host} cannot be asked ({problem.Code}): {problem.Message}");
        }
        else if (run.Standing != HookStanding.Running)
        {
            log.Say(
                run.Standing == HookStanding.Succeeded
                    ? "done"
                    : $"{run.Standing.ToString().ToLowerInvariant()}: {run.Text}"
            );
        }

        async Task AskAsync()
        {
            var host = await inventory.FindAsync(run.Host, rollout.Application, cancellation);
            var outcome = await transports
                .For(host)
                .RunHookAsync(
                    host,
                    new HookRequest
                    {
                        ReleaseId = rollout.ReleaseId,
                        Application = rollout.Application,
                        Package = rollout.Package.Name,
                        Version = rollout.Package.Version,
                        PreviousVersion = previous,
                        Path = script.Path,
                        TimeLimit = script.TimeLimit,
                        Offset = run.Offset,
                    },
                    cancellation
                );
            (run.Standing, run.Text, run.Offset) = (outcome.Standing, HarmlessLine(outcome.Text), outcome.Offset);
        }
    }

    private static string HarmlessLine(string text)
    {
        var line = PrintableText.Of(text.ReplaceLineEndings(" "));
        return line.Length <= LongestText
            ? line
            : line[..(LongestText - (char.IsHighSurrogate(line[LongestText - 1]) ? 1 : 0))];
    }
}
