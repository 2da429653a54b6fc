using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Simulation.Tests.World;
using Canary.Testing.Installations;

namespace Canary.Simulation.Tests.Walk;

/// <summary>Who decides about releases, by the API, as <c>canary</c> does.</summary>
internal sealed class Operators(SimulatedCanary canary, Ledger ledger, Random random)
{
    /// <summary>Promotes what waits for it.</summary>
    public async Task PromoteAsync(string? application = null)
    {
        foreach (var release in await ActiveAsync(application))
        {
            if (release.Phase is RolloutStates.AwaitingPromotion or RolloutStates.Soaking)
            {
                ledger.Promoted.Add(Guid.Parse(release.Id));
                await DecideAsync(release, "promote");
            }
        }
    }

    /// <summary>Decides about everything that waits for a person.</summary>
    public async Task DecideAsync()
    {
        foreach (var release in await ActiveAsync(null))
        {
            if (release.Phase == RolloutStates.AwaitingPromotion)
            {
                ledger.Promoted.Add(Guid.Parse(release.Id));
                await DecideAsync(release, "promote");
            }
            else if (release.Phase == RolloutStates.Paused)
            {
                await DecideAsync(release, random.Next(3) == 0 ? "rollback" : "resume");
            }
            else if (release.State == ReleaseStates.Held)
            {
                await ResumeAsync(release.Application);
            }
        }
    }

    public async Task RollBackAsync(string application)
    {
        var newest = await canary.ReleasesAsync($"application={application}&limit=10");
        await DecideAsync(newest.FirstOrDefault(it => !ReleaseStates.IsFinal(it.State)) ?? newest[0], "rollback");
    }

    public async Task PauseAsync(string application)
    {
        foreach (var release in await ActiveAsync(application))
        {
            await DecideAsync(release, "pause");
        }
    }

    public async Task AbortAsync(string application)
    {
        foreach (var release in (await ActiveAsync(application)).Take(1))
        {
            await DecideAsync(release, "abort");
        }
    }

    public async Task RetryAsync(string application)
    {
        var ended = (await canary.ReleasesAsync($"application={application}&limit=20"))
            .Where(it => ReleaseStates.IsFinal(it.State))
            .ToList();
        if (ended.Count > 0)
        {
            await DecideAsync(ended[random.Next(ended.Count)], "retry");
        }
    }

    public async Task HoldAsync(string application) =>
        await PostAsync($"/api/applications/{application}/hold", new { reason = "it is Friday" });

    public async Task ResumeAsync(string application) =>
        await PostAsync($"/api/applications/{application}/resume", new { reason = "it is Monday" });

    /// <summary>Deploys a version that was published before, or the one before.</summary>
    public async Task DeployAsync(string application)
    {
        var versions = (await canary.ReleasesAsync($"application={application}&limit=30"))
            .Select(release => release.Version)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Append("previous")
            .ToList();
        var target = versions[random.Next(versions.Count)];
        var fast = random.Next(4) == 0;
        if (
            await PostAsync($"/api/applications/{application}/deployments", new { target, fast }) is { } release
            && fast
        )
        {
            ledger.Fast.Add(Guid.Parse(release.GetProperty("id").GetString()!));
        }
    }

    public async Task ConvergeAsync() => await PostAsync("/api/hosts/converge", new { });

    private async Task<IReadOnlyList<ReleaseView>> ActiveAsync(string? application) =>
        await canary.ReleasesAsync(
            $"state=active&limit=500{(application is null ? "" : $"&application={application}")}"
        );

    private Task<JsonElement?> DecideAsync(ReleaseView release, string decision) =>
        PostAsync(
            $"/api/releases/{release.Id}/{decision}",
            new { reason = "a walk" },
            $" ({release.Application} {release.Commit[..7]}, {release.Phase})"
        );

    /// <returns>The answer; <c>null</c>: it was refused.</returns>
    private async Task<JsonElement?> PostAsync(string path, object body, string what = "")
    {
        using var answer = await canary.Http.PostAsJsonAsync(path, body);
        ledger.Say(canary.Elapsed, $"{path}{what}: {(int)answer.StatusCode}");
        if (answer.StatusCode >= HttpStatusCode.InternalServerError)
        {
            ledger.Violate($"{path} was answered with {(int)answer.StatusCode}.");
        }

        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonElement>() : null;
    }
}
