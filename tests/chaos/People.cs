using System.Collections.Concurrent;
using System.Net.Http.Json;
using Canary.Chaos.Tests.Audit;
using Canary.Chaos.Tests.Plan;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests;

/// <summary>A commit whose push was answered with 2xx.</summary>
internal sealed record AcceptedPush(Application Application, string Commit, bool IsHealthy);

/// <summary>Developers who push, GitHub that delivers, and operators who decide: everybody outside of the pipeline.</summary>
internal sealed class People(Installation installation, ChaosPlan plan, RunLog log, TimeSpan patience) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Application, GitRepository> _repositories = [];
    private readonly ConcurrentDictionary<string, AcceptedPush> _accepted = new();
    private readonly ConcurrentDictionary<string, bool> _takenBack = new();
    private volatile Look _lastLook = new(0, []);

    /// <summary>The pushes that were accepted, by their commit.</summary>
    public IReadOnlyDictionary<string, AcceptedPush> Accepted => _accepted;

    /// <summary>Commits whose release somebody has asked to take back.</summary>
    public ICollection<string> TakenBack => _takenBack.Keys;

    public async Task PrepareAsync()
    {
        foreach (var application in plan.Applications)
        {
            var repository = await GitRepository.CreateAsync(name: application.Name);
            _repositories[application] = repository
                .WithScript("script/health", "test \"$(cat \"$(dirname \"$0\")/../health\")\" = well")
                // What must happen once for a release, and takes a while: a migration.
                .WithScript("script/pre-deploy", $"echo \"$CANARY_RELEASE\" >> {HookAudit.Record}; sleep 0.5")
                .WithFile(
                    "canary.yml",
                    $"""
                    version: 1.0.0
                    health:
                      command: [script/health]
                      grace: 1s
                      timeout: 30s
                    rollout:
                      promotion: {(application.NeedsPromotion ? "manual" : "automatic")}
                      waves: [1, 100%]
                    """
                );
        }
    }

    /// <summary>Pushes as planned, each application's commits one after the other.</summary>
    public Task PushAsync(CancellationToken cancellation) =>
        Task.WhenAll(plan.Pushes.GroupBy(push => push.Application).Select(own => PushAsync(own, cancellation)));

    /// <summary>Takes back what is under way, as planned.</summary>
    public Task TakeBackAsync(CancellationToken cancellation) =>
        Task.WhenAll(
            plan.Rollbacks.Select(async rollback =>
            {
                await UntilAsync(rollback.At, cancellation);
                foreach (
                    var release in (await UnderWayAsync() ?? []).Where(it =>
                        it.Application == rollback.Application.Name
                    )
                )
                {
                    // It counts from here on: the answer may be lost although the decision is not.
                    _takenBack[release.Commit] = true;
                    await DecideAsync(release, "rollback");
                }
            })
        );

    /// <summary>Has all hosts brought to what they should run, as planned.</summary>
    public Task ConvergeAsync(CancellationToken cancellation) =>
        Task.WhenAll(
            plan.Convergences.Select(async at =>
            {
                await UntilAsync(at, cancellation);
                await SayAsync(
                    "converge all hosts",
                    () => installation.Http.PostAsJsonAsync("/api/hosts/converge", new { }, cancellation)
                );
            })
        );

    /// <summary>Decides about every release that waits for a person, until it is told to stop.</summary>
    public async Task DecideAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var underWay = await UnderWayAsync();
            if (underWay is null)
            {
                await PauseAsync(cancellation);
                continue;
            }

            _lastLook = new Look(_lastLook.Number + 1, [.. underWay.Select(release => release.Commit)]);
            foreach (var held in underWay.Where(it => it.State == ReleaseStates.Held))
            {
                // Somebody has rolled back before.
                await ResumeAsync(held.Application);
            }

            foreach (var release in underWay.Where(it => it.Phase == RolloutStates.AwaitingPromotion))
            {
                // Decided by the commit, so that asking again asks for the same.
                if (release.Commit[0] is '0' or '1')
                {
                    _takenBack[release.Commit] = true;
                    await DecideAsync(release, "rollback");
                }
                else
                {
                    await DecideAsync(release, "promote");
                }
            }

            await PauseAsync(cancellation);
        }
    }

    public void Dispose()
    {
        foreach (var repository in _repositories.Values)
        {
            repository.Dispose();
        }
    }

    private async Task PushAsync(IEnumerable<Push> pushes, CancellationToken cancellation)
    {
        string? before = null;
        foreach (var push in pushes)
        {
            await UntilAsync(push.At, cancellation);
            if (push.IsPatient && before is not null)
            {
                await UntilEndedAsync(before, cancellation);
            }

            var application = push.Application;
            var commit = await _repositories[application]
                .WithConventionScripts(build: FormattableString.Invariant($"sleep {push.BuildTime.TotalSeconds}"))
                .WithFile("health", push.IsHealthy ? "well\n" : "ill\n")
                .WithFile("text", push.At.ToString())
                .CommitAsync("Change");
            var delivery = Guid.NewGuid();
            await DeliverAsync(push, commit, before, delivery, cancellation);
            _accepted[commit] = new AcceptedPush(application, commit, push.IsHealthy);
            log.Say($"pushed {application.Name} {commit[..7]}{(push.IsHealthy ? "" : ", which is ill")}");
            if (push.Repeats != Repeat.No)
            {
                var repeated = push.Repeats == Repeat.SameDelivery ? delivery : Guid.NewGuid();
                await DeliverAsync(push, commit, before, repeated, cancellation);
            }

            before = commit;
        }
    }

    /// <summary>Delivers until it is accepted, as a person does who redelivers what failed.</summary>
    private async Task DeliverAsync(
        Push push,
        string commit,
        string? before,
        Guid delivery,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            try
            {
                var name = push.Application.Name;
                using var answer = await installation.PushAsync(
                    _repositories[push.Application],
                    commit,
                    name,
                    before,
                    delivery
                );
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                log.Say($"the push of {name} {commit[..7]} was answered with {(int)answer.StatusCode}");
            }
            catch (Exception exception) when (IsUnavailable(exception))
            {
                log.Say($"the push of {push.Application.Name} {commit[..7]} got no answer");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Waits until the release of a commit has ended, but not for ever: the audit tells of one that does not end.</summary>
    private async Task UntilEndedAsync(string commit, CancellationToken cancellation)
    {
        var begin = log.Elapsed;
        // One that has begun already may be from before the push.
        var last = _lastLook.Number + 1;
        while (log.Elapsed - begin < patience && (_lastLook.Number <= last || _lastLook.UnderWay.Contains(commit)))
        {
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    /// <returns><c>null</c>: nobody answers.</returns>
    private async Task<IReadOnlyList<ReleaseView>?> UnderWayAsync()
    {
        try
        {
            return await installation.ReleasesAsync("state=active&limit=500");
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            return null;
        }
    }

    private static async Task PauseAsync(CancellationToken cancellation) =>
        await Task.Delay(LookEvery, TimeProvider.System, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Task DecideAsync(ReleaseView release, string decision) =>
        SayAsync(
            $"{decision} of {release.Application} {release.Commit[..7]}",
            () => installation.DecideAsync(release, decision)
        );

    private Task ResumeAsync(string application) =>
        SayAsync($"resume {application}", () => installation.ResumeAsync(application));

    private async Task SayAsync(string what, Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            using var answer = await ask();
            log.Say($"{what}: {(int)answer.StatusCode}");
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            log.Say($"{what} got no answer");
        }
    }

    private async Task UntilAsync(TimeSpan at, CancellationToken cancellation)
    {
        if (at > log.Elapsed)
        {
            await Task.Delay(at - log.Elapsed, TimeProvider.System, cancellation);
        }
    }

    private static bool IsUnavailable(Exception exception) =>
        exception is HttpRequestException or IOException or TaskCanceledException or ObjectDisposedException;

    /// <param name="Number">How many there were before.</param>
    /// <param name="UnderWay">The commits whose release has not ended.</param>
    private sealed record Look(int Number, HashSet<string> UnderWay);
}
