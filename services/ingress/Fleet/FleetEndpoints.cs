using System.Linq.Expressions;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Hosting.Security;
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

    /// <summary>Who holds its automatic deployments, and why; <c>null</c>: nobody.</summary>
    public Hold? Hold { get; init; }

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

    /// <summary>Where it stands or what it is, for example <c>zone=a</c>.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Fingerprints of the keys that it must show over SSH; none: the deployer's file of known hosts decides.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }

    /// <summary>Version by application, as dpkg last reported it.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>When dpkg was last asked outside of a rollout, with success, UTC; <c>null</c>: not yet.</summary>
    public DateTimeOffset? LastContactAt { get; init; }

    /// <summary>Why it could not be asked the last time; <c>null</c>: it could.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Applications of which it does not run what its channel advertises.</summary>
    public required IReadOnlyList<DriftView> Drifts { get; init; }
}

/// <summary>A host that does not run what it should.</summary>
internal sealed record DriftView
{
    public required string Application { get; init; }

    /// <summary>Version that its channel advertises.</summary>
    public required string Wanted { get; init; }

    /// <summary>Version that dpkg last reported; <c>null</c>: none, or it is not known.</summary>
    public string? Running { get; init; }

    /// <summary>Since when, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What keeps it from getting there; <c>null</c>: nothing that is known.</summary>
    public Failure? Failure { get; init; }
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
            .WithSummary(
                "Lists the hosts of the fleet with the versions that they run, and where they should run another."
            );
        routes
            .MapPost(
                "/hosts/converge",
                (ConvergenceRequest? request, Convergence convergence, CancellationToken cancellationToken) =>
                    convergence.StartAsync(request, cancellationToken)
            )
            .RequireOperator()
            .WithName("ConvergeHosts")
            .WithSummary("Brings hosts that drift to what their channel advertises, whatever they wait for.");
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
        var observed = (await store.Observations.AsNoTracking().ToListAsync(cancellationToken))
            .SelectMany(row => row.Hosts.Select(host => (row.Application, Host: host)))
            .ToLookup(it => it.Host.Name);
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
                    Tags = host.Tags,
                    HostKeys = host.HostKeys,
                    Versions = new SortedDictionary<string, string>(
                        byHost[host.Name].ToDictionary(x => x.Application, x => x.Version!),
                        StringComparer.Ordinal
                    ),
                    LastContactAt = observed[host.Name].Max(it => it.Host.LastContactAt),
                    Failure = observed[host.Name]
                        .FirstOrDefault(it => it.Host is { DriftsSince: null, Failure: not null })
                        .Host?.Failure,
                    Drifts =
                    [
                        .. observed[host.Name]
                            .Where(it => it.Host.DriftsSince is not null)
                            .OrderBy(it => it.Application, StringComparer.Ordinal)
                            .Select(it => new DriftView
                            {
                                Application = it.Application,
                                Wanted = it.Host.Wanted,
                                Running = it.Host.Running,
                                Since = it.Host.DriftsSince!.Value,
                                Failure = it.Host.Failure,
                            }),
                    ],
                }),
        ]);
    }

    /// <summary>A fixed number of queries, however many applications and releases there are.</summary>
    public async Task<Ok<IReadOnlyList<ApplicationView>>> ApplicationsAsync(CancellationToken cancellationToken)
    {
        var newest = await releases.NewestOfEachAsync(cancellationToken);
        var hosts = await FleetAsync(cancellationToken);
        var holds = await store
            .Holds.AsNoTracking()
            .ToDictionaryAsync(x => x.Application, x => x.Hold, cancellationToken);
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
                    Hold = holds.GetValueOrDefault(release.Application),
                    Hosts = hosts.Count(host => Runs(host, release.Application)),
                };
            }),
        ]);
    }

    /// <summary>The latest of some rollouts for each application. The numbers come from an index alone, and only the rows that are
    /// shown are read.</summary>
    private async Task<Dictionary<string, RolloutRow>> LatestAsync(
        Expression<Func<RolloutRow, bool>> which,
        CancellationToken cancellationToken
    )
    {
        var latest = store
            .Rollouts.Where(which)
            .GroupBy(x => x.Application)
            .Select(group => new { Application = group.Key, Number = group.Max(x => x.Number) });
        var rows = await store
            .Rollouts.AsNoTracking()
            .Join(
                latest,
                rollout => new { rollout.Application, rollout.Number },
                newest => new { newest.Application, newest.Number },
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
