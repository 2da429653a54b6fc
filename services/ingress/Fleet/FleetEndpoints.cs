using System.Linq.Expressions;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Ingress.Releases;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Fleet;

/// <summary>A version that a channel of an application has.</summary>
internal sealed record ChannelView
{
    public required string Version { get; init; }

    public required Guid ReleaseId { get; init; }

    /// <summary>Since when, UTC.</summary>
    public required DateTimeOffset? Since { get; init; }
}

/// <summary>An application: what its channels run, and its newest release.</summary>
internal sealed record ApplicationView
{
    public required string Name { get; init; }

    /// <summary>What production runs; <c>null</c> before the first completed rollout.</summary>
    public ChannelView? Production { get; init; }

    /// <summary>What the canaries run: ahead of production while a rollout is at work.</summary>
    public ChannelView? Canary { get; init; }

    /// <summary>Its newest release.</summary>
    public required ReleaseView Latest { get; init; }

    /// <summary>How many hosts of the fleet run it.</summary>
    public required int Hosts { get; init; }
}

/// <summary>A host of the fleet and what it runs.</summary>
internal sealed record FleetHostView
{
    public required string Name { get; init; }

    public required string Address { get; init; }

    public required Channel Channel { get; init; }

    public required string Role { get; init; }

    public required IReadOnlyList<string> Applications { get; init; }

    public required string Transport { get; init; }

    /// <summary>Version by application, as dpkg last reported it.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }
}

/// <summary>What runs where.</summary>
internal static class FleetEndpoints
{
    public static void MapFleet(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                "/applications",
                (FleetQueries fleet, CancellationToken cancellationToken) => fleet.ApplicationsAsync(cancellationToken)
            )
            .WithName("ListApplications")
            .WithSummary("Lists applications with the versions of their channels.");
        routes
            .MapGet(
                "/hosts",
                (FleetQueries fleet, CancellationToken cancellationToken) => fleet.HostsAsync(cancellationToken)
            )
            .WithName("ListHosts")
            .WithSummary("Lists the hosts of the fleet with the versions that they run.");
    }
}

/// <summary>Reads what runs where.</summary>
internal sealed class FleetQueries(IngressStore store, ReleaseQueries releases)
{
    private const string AnyApplication = "*";

    public static bool Runs(FleetHost host, string application) =>
        host.Applications.Any(x => x == application || x == AnyApplication);

    public async Task<Ok<IReadOnlyList<FleetHostView>>> HostsAsync(CancellationToken cancellationToken)
    {
        var versions = await store.HostVersions.AsNoTracking().ToListAsync(cancellationToken);
        var byHost = versions.Where(x => x.Version is not null).ToLookup(x => x.Host);
        var hosts = await FleetAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<FleetHostView>>([
            .. hosts
                .OrderBy(host => host.Channel)
                .ThenBy(host => host.Name, StringComparer.Ordinal)
                .Select(host => new FleetHostView
                {
                    Name = host.Name,
                    Address = host.Address,
                    Channel = host.Channel,
                    Role = host.Role,
                    Applications = host.Applications,
                    Transport = host.Transport,
                    Versions = new SortedDictionary<string, string>(
                        byHost[host.Name].ToDictionary(x => x.Application, x => x.Version!),
                        StringComparer.Ordinal
                    ),
                }),
        ]);
    }

    /// <summary>A fixed number of queries, however many applications and releases there are.</summary>
    public async Task<Ok<IReadOnlyList<ApplicationView>>> ApplicationsAsync(CancellationToken cancellationToken)
    {
        var newest = await releases.NewestOfEachAsync(cancellationToken);
        var hosts = await FleetAsync(cancellationToken);
        var completed = await LatestAsync(x => x.State == RolloutStates.Completed, cancellationToken);
        var reached = await LatestAsync(x => x.HostsReached, cancellationToken);
        return TypedResults.Ok<IReadOnlyList<ApplicationView>>([
            .. newest.Select(release =>
            {
                var production = completed.GetValueOrDefault(release.Application) is { } rollout
                    ? Channel(rollout, rollout.FinishedAt)
                    : null;
                return new ApplicationView
                {
                    Name = release.Application,
                    Production = production,
                    Canary = CanaryOf(reached.GetValueOrDefault(release.Application)) ?? production,
                    Latest = release,
                    Hosts = hosts.Count(host => Runs(host, release.Application)),
                };
            }),
        ]);
    }

    /// <summary>The latest of some rollouts for each application. The times come from an index alone, and only the rows that are
    /// shown are read: so the join asks nothing of them but what the index has.</summary>
    private async Task<Dictionary<string, RolloutRow>> LatestAsync(
        Expression<Func<RolloutRow, bool>> which,
        CancellationToken cancellationToken
    )
    {
        var begun = store.Rollouts.AsNoTracking().Where(x => x.StartedAt != null);
        var latest = begun
            .Where(which)
            .GroupBy(x => x.Application)
            .Select(group => new { Application = group.Key, StartedAt = group.Max(x => x.StartedAt!.Value) });
        var rows = await begun
            .Join(
                latest,
                rollout => new { rollout.Application, StartedAt = rollout.StartedAt!.Value },
                time => new { time.Application, time.StartedAt },
                (rollout, _) => rollout
            )
            .ToListAsync(cancellationToken);
        return rows.Where(which.Compile())
            .GroupBy(x => x.Application)
            .ToDictionary(same => same.Key, same => same.MaxBy(x => x.Id)!);
    }

    /// <summary>The rollout at work, once its canaries have the version: one that has not got there, or goes back, leaves them
    /// with what production has.</summary>
    private static ChannelView? CanaryOf(RolloutRow? newest)
    {
        var canary = newest?.Snapshot.Stages.FirstOrDefault(stage => stage.Name == "canary");
        return
            newest?.State is RolloutStates.Soaking or RolloutStates.AwaitingPromotion or RolloutStates.DeployingWave
            && canary?.State == StageState.Succeeded
            ? Channel(newest, canary.FinishedAt)
            : null;
    }

    private static ChannelView Channel(RolloutRow rollout, DateTimeOffset? since) =>
        new()
        {
            Version = rollout.Snapshot.Version,
            ReleaseId = rollout.ReleaseId,
            Since = since,
        };

    private async Task<IReadOnlyList<FleetHost>> FleetAsync(CancellationToken cancellationToken) =>
        (await store.Fleet.AsNoTracking().SingleOrDefaultAsync(cancellationToken))?.Hosts ?? [];
}
