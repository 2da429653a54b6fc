using System.Net;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Fleet.Tests.Plan;

namespace Canary.Fleet.Tests.World;

/// <summary>Those who push and decide. They try again while Canary is not there.</summary>
/// <param name="server">Canary.</param>
/// <param name="shop">What they push.</param>
/// <param name="visitors">Who tells them that a release fails.</param>
/// <param name="settings">How long they wait.</param>
internal sealed class People(CanaryServer server, Shop shop, Visitors visitors, FleetSettings settings)
{
    /// <summary>Pushes a version.</summary>
    /// <returns>Its commit.</returns>
    public Task<string> PushAsync(Round round) => shop.PushAsync(server, round.Number, round.Behaviour);

    /// <summary>Does what a round is about, to its end.</summary>
    /// <exception cref="Exception">It did not come to the end that was planned.</exception>
    public async Task PlayAsync(Round round, string commit)
    {
        switch (round.Kind)
        {
            case RoundKind.Promoted:
                await PromoteAsync(commit);
                await InAsync(commit, ReleaseStates.Completed);
                break;
            case RoundKind.FailsSomeRequests:
                await InAsync(commit, RolloutStates.AwaitingPromotion);
                await Eventually.TrueAsync(() => visitors.HasMetBrokenBy(round.Number), settings.Patience);
                await DecideAsync(commit, "rollback");
                await InAsync(commit, ReleaseStates.RolledBack);
                await ResumeAsync();
                break;
            case RoundKind.RolledBackInAWave:
                await PromoteAsync(commit);
                await Eventually.TrueAsync(async () => await HasReachedProductionAsync(commit), settings.Patience);
                await DecideAsync(commit, "rollback");
                await InAsync(commit, ReleaseStates.RolledBack);
                await ResumeAsync();
                break;
            case RoundKind.RolledBackAfterPromotion:
                await PromoteAsync(commit);
                var before = await InAsync(commit, ReleaseStates.Completed);
                await DecideAsync(commit, "rollback");
                await Eventually.TrueAsync(async () => await HasGoneBackAsync(before), settings.Patience);
                await ResumeAsync();
                break;
            default:
                await InAsync(commit, ReleaseStates.RolledBack);
                break;
        }
    }

    /// <summary>Where a release is, as long as Canary answers; <c>null</c>: it does not.</summary>
    public Task<ReleaseView?> LookAsync(string commit) => server.ReleaseAsync(commit);

    private async Task PromoteAsync(string commit)
    {
        await InAsync(commit, RolloutStates.AwaitingPromotion);
        await DecideAsync(commit, "promote");
    }

    private Task<ReleaseView> InAsync(string commit, string state) => server.ReleaseInAsync(commit, state);

    private async Task DecideAsync(string commit, string decision) =>
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    var release = await server.ReleaseAsync(commit);
                    using var answer = release is null ? null : await server.DecideAsync(release, decision);
                    // A conflict: what was asked for before Canary died was taken.
                    return answer is { IsSuccessStatusCode: true } or { StatusCode: HttpStatusCode.Conflict };
                }
                catch (Exception exception)
                    when (exception is HttpRequestException or TaskCanceledException or ObjectDisposedException)
                {
                    return false;
                }
            },
            settings.Patience,
            what: $"{decision} of {commit} is accepted"
        );

    /// <summary>What a person rolls back has the application wait for a person.</summary>
    private async Task ResumeAsync()
    {
        using var answer = await server.ResumeAsync("shop");
        answer.EnsureSuccessStatusCode();
    }

    private async Task<bool> HasReachedProductionAsync(string commit) =>
        await server.ReleaseAsync(commit) is { } release
        && release.Hosts.Any(host => host.Channel == "production" && host.State == "succeeded");

    private async Task<bool> HasGoneBackAsync(ReleaseView from)
    {
        var newest = (await server.ReleasesAsync("application=shop&limit=1"))[0];
        return newest.Id != from.Id && newest.State == ReleaseStates.Completed && newest.Version != from.Version;
    }
}
