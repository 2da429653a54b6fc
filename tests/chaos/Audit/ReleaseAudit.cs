using System.Globalization;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests.Audit;

/// <summary>G1 and G2: one release for each push, in a final state, and the same one wherever one looks.</summary>
internal sealed class ReleaseAudit(Stores stores, People people)
{
    /// <summary>Codes of those who gave up on somebody who did not answer.</summary>
    private static readonly string[] Silence = ["host-silent", "no-answer"];

    /// <summary>How many releases are in each state.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync() =>
        (
            await stores.RowsAsync("""SELECT "State", count(*) FROM ingress."Releases" GROUP BY 1 ORDER BY 1""")
        ).ToDictionary(row => row[0], row => int.Parse(row[1], CultureInfo.InvariantCulture));

    public async Task<IEnumerable<string>> FindAsync()
    {
        var releases = await stores.RowsAsync(
            $"""
            SELECT r."Id", r."Application", r."Commit", r."State", s."CurrentState", o."State", t."CurrentState",
                   {stores.FailureIn("r.\"Snapshot\"")}
            FROM ingress."Releases" r
            FULL JOIN ci_coordinator."Releases" s ON s."CorrelationId" = r."Id"
            LEFT JOIN ingress."Rollouts" o ON o."ReleaseId" = r."Id"
            FULL JOIN deployer."Rollouts" t ON t."ReleaseId" = r."Id"
            """
        );
        var found = releases.Select(row => new Found(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]));
        return [.. PushesWithout(found), .. found.SelectMany(Check)];
    }

    private IEnumerable<string> PushesWithout(IEnumerable<Found> found)
    {
        var byCommit = found.ToLookup(release => release.Commit);
        return people
            .Accepted.Values.Where(push => byCommit[push.Commit].Count() != 1)
            .Select(push =>
                $"the push of {push.Application.Name} {push.Commit[..7]} has {byCommit[push.Commit].Count()} releases"
            );
    }

    private IEnumerable<string> Check(Found release)
    {
        var name = $"the release {release.Application} {release.Commit[..Math.Min(7, release.Commit.Length)]}";
        if (!people.Accepted.TryGetValue(release.Commit, out var push))
        {
            yield return $"{name} ({release.Id}) comes of no push that was accepted";
            yield break;
        }

        if (release.Saga != release.State)
        {
            yield return $"{name} is {release.State} to people, and {release.Saga} to the coordinator";
        }

        if (release.RolloutSaga != release.Rollout)
        {
            yield return $"{name} has a rollout that is '{release.Rollout}' to people, and '{release.RolloutSaga}' to the deployer";
        }

        if (!ReleaseStates.IsFinal(release.State))
        {
            yield return $"{name} is {release.State}";
        }

        if (release.RolloutSaga.Length > 0 && !RolloutStates.IsFinal(release.RolloutSaga))
        {
            yield return $"{name} has a rollout that is {release.RolloutSaga}";
        }

        var hasReasonToFail = !push.IsHealthy || people.TakenBack.Contains(push.Commit);
        if (release.State is ReleaseStates.Failed or ReleaseStates.RolledBack && !hasReasonToFail)
        {
            yield return $"{name} is well, and nobody took it back, but it is {release.State}: {release.Failure}";
        }

        if (Silence.Contains(release.FailureCode) || release.FailureCode.EndsWith("-lost", StringComparison.Ordinal))
        {
            yield return $"{name} is {release.State} for silence: {release.Failure}";
        }

        if (release.State == ReleaseStates.Completed && !push.IsHealthy)
        {
            yield return $"{name} is ill, but it is {release.State}";
        }
    }

    private sealed record Found(
        string Id,
        string Application,
        string Commit,
        string State,
        string Saga,
        string Rollout,
        string RolloutSaga,
        string Failure
    )
    {
        public string FailureCode => Failure.Split(':')[0];
    }
}
