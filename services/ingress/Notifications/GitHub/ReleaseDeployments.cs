using System.Globalization;
using Canary.Contracts.Releases;
using Canary.Ingress.Repositories;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>
/// Deployments, one for each environment that a release reaches (docs.github.com/rest/deployments/deployments). To make one twice makes
/// two, so each carries its release, and is looked for before it is made.
/// </summary>
internal sealed class ReleaseDeployments
{
    private const string Task = "deploy";

    private const string ReleaseKey = "canary_release";

    private const string ApplicationKey = "canary_application";

    private const int LongestDescription = 140;

    /// <summary>How far back deployments of an environment are looked at: each takes a request.</summary>
    private const int Prior = 5;

    /// <param name="target">What it is about.</param>
    /// <param name="part">How the hosts of the environment are.</param>
    /// <param name="thing">What is there already; kept up to date, also when it fails.</param>
    /// <param name="environment">What they are called.</param>
    /// <param name="cancellation">The time for it is over.</param>
    public async Task SayAsync(
        ReportTarget target,
        ReportedPart part,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    )
    {
        if (!thing.IsTried && part.State == ReportedState.Neutral)
        {
            // What never reached a host is no deployment.
            return;
        }

        // Once more at the end, for what came to be unheard.
        if (thing.Ids.Count == 0 || part.HasEnded)
        {
            await FindAsync(target, thing, environment, cancellation);
        }

        if (thing.Ids.Count == 0)
        {
            await CreateAsync(target, thing, environment, cancellation);
        }

        await SetAsync(target, thing.Ids[0], StatusOf(target, part, environment), cancellation);
        foreach (var twin in thing.Ids.Skip(1))
        {
            await SetAsync(target, twin, Inactive("It was made twice."), cancellation);
        }

        if (part.State == ReportedState.Success && environment.IsProduction)
        {
            await DeactivatePriorAsync(target, thing, environment, cancellation);
        }
        else if (target.Release.State == ReleaseStates.RolledBack)
        {
            await ReactivatePriorAsync(target, thing, environment, cancellation);
        }
    }

    private static async Task FindAsync(
        ReportTarget target,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    )
    {
        var release = target.Release.Id.ToString("N");
        var found = await ListAsync(
            target,
            new Dictionary<string, string> { ["environment"] = environment.Name, ["sha"] = target.Commit },
            cancellation
        );
        thing.Ids.AddRange(
            found.Where(it => it.Says(ReleaseKey) == release).Select(it => it.Id).Except(thing.Ids).Order()
        );
    }

    private static async Task CreateAsync(
        ReportTarget target,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    )
    {
        var release = target.Release;
        var deployment = new NewDeployment(target.Commit)
        {
            Task = Task,
            // The commit itself, whatever its branch is like by now, and whatever checks say of it.
            AutoMerge = false,
            RequiredContexts = [],
            Environment = environment.Name,
            ProductionEnvironment = environment.IsProduction,
            Description = PlainText.Line(DescriptionOf(target), LongestDescription),
            Payload = new Dictionary<string, string>
            {
                [ReleaseKey] = release.Id.ToString("N"),
                [ApplicationKey] = release.Application,
                ["version"] = release.Version ?? "",
            },
        };
        thing.IsTried = true;
        var created = await target.AskAsync(
            client => client.Repository.Deployment.Create(target.Repository.Owner, target.Repository.Name, deployment),
            cancellation
        );
        thing.Ids.Add(created.Id);
    }

    private static string DescriptionOf(ReportTarget target)
    {
        var release = target.Release;
        var what = $"{release.Application} {release.Version}";
        return release.Deployment is { } asked
            ? $"{what} again, by {asked.By}{(asked.Reason is { Length: > 0 } why ? $": {why}" : "")}"
            : what;
    }

    private static NewDeploymentStatus StatusOf(
        ReportTarget target,
        ReportedPart part,
        DeploymentEnvironment environment
    ) =>
        new(
            part.State switch
            {
                ReportedState.Queued => DeploymentState.Queued,
                ReportedState.InProgress => DeploymentState.InProgress,
                ReportedState.Success => DeploymentState.Success,
                ReportedState.Neutral => DeploymentState.Inactive,
                _ => DeploymentState.Failure,
            }
        )
        {
            Description = PlainText.Line(part.Summary, LongestDescription),
            LogUrl = target.Link?.AbsoluteUri,
            EnvironmentUrl = part.State == ReportedState.Success ? environment.Url : null,
            // GitHub spares environments of production, which are seen to below.
            AutoInactive = part.State == ReportedState.Success,
        };

    /// <summary>What ran in the environment before does so no more.</summary>
    private static async Task DeactivatePriorAsync(
        ReportTarget target,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    )
    {
        foreach (var prior in await PriorAsync(target, thing, environment, cancellation))
        {
            if (await StateOfAsync(target, prior.Id, cancellation) == "success")
            {
                await SetAsync(target, prior.Id, Inactive($"{target.Release.Version} took its place."), cancellation);
            }
        }
    }

    /// <summary>What ran in the environment before runs there again.</summary>
    private static async Task ReactivatePriorAsync(
        ReportTarget target,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    )
    {
        var prior = (await PriorAsync(target, thing, environment, cancellation)).FirstOrDefault();
        if (prior is not null && await StateOfAsync(target, prior.Id, cancellation) == "inactive")
        {
            await SetAsync(
                target,
                prior.Id,
                new NewDeploymentStatus(DeploymentState.Success)
                {
                    Description = PlainText.Line(
                        $"It runs again, since {target.Release.Version} was rolled back.",
                        LongestDescription
                    ),
                    EnvironmentUrl = environment.Url,
                    AutoInactive = false,
                },
                cancellation
            );
        }
    }

    /// <summary>Those of the application before this one, newest first.</summary>
    private static async Task<IEnumerable<ListedDeployment>> PriorAsync(
        ReportTarget target,
        ReportedThing thing,
        DeploymentEnvironment environment,
        CancellationToken cancellation
    ) =>
        (
            await ListAsync(
                target,
                new Dictionary<string, string> { ["environment"] = environment.Name, ["task"] = Task },
                cancellation
            )
        )
            .Where(it => it.Id < thing.Ids[0] && it.Says(ApplicationKey) == target.Release.Application)
            .OrderByDescending(it => it.Id)
            .Take(Prior);

    private static async Task<IReadOnlyList<ListedDeployment>> ListAsync(
        ReportTarget target,
        Dictionary<string, string> which,
        CancellationToken cancellation
    )
    {
        which["per_page"] = "30";
        var answer = await target.AskAsync(
            client =>
                client.Connection.Get<List<ListedDeployment>>(
                    new Uri($"repos/{target.Repository}/deployments", UriKind.Relative),
                    which
                ),
            cancellation
        );
        // Where a repository was renamed, what was asked for may get lost on the way to it.
        return [.. answer.Body.Where(it => it.Environment == which["environment"])];
    }

    private static async Task<string?> StateOfAsync(ReportTarget target, long id, CancellationToken cancellation)
    {
        var statuses = await target.AskAsync(
            client =>
                client.Repository.Deployment.Status.GetAll(
                    target.Repository.Owner,
                    target.Repository.Name,
                    id,
                    new ApiOptions { PageSize = 1, PageCount = 1 }
                ),
            cancellation
        );
        return statuses.Count > 0 ? statuses[0].State.StringValue : null;
    }

    private static Task<DeploymentStatus> SetAsync(
        ReportTarget target,
        long id,
        NewDeploymentStatus status,
        CancellationToken cancellation
    ) =>
        target.AskAsync(
            client =>
                client.Repository.Deployment.Status.Create(target.Repository.Owner, target.Repository.Name, id, status),
            cancellation
        );

    private static NewDeploymentStatus Inactive(string why) =>
        new(DeploymentState.Inactive) { Description = PlainText.Line(why, LongestDescription), AutoInactive = false };
}

/// <summary>An environment of GitHub.</summary>
/// <param name="Name">What it is called there.</param>
/// <param name="IsProduction">Whether people use it.</param>
/// <param name="Url">Where the application is; <c>null</c>: nobody says so.</param>
internal sealed record DeploymentEnvironment(string Name, bool IsProduction, string? Url)
{
    /// <param name="application">The application.</param>
    /// <param name="repository">Its repository: another application from it has environments of its own.</param>
    /// <param name="part"><c>canary</c> or <c>production</c>.</param>
    /// <param name="url">Where the application is.</param>
    public static DeploymentEnvironment Of(string application, string repository, string part, string? url) =>
        new(
            ApplicationName.FromRepository(repository) == application ? part : $"{application}-{part}",
            part == ReleaseReport.Production,
            part == ReleaseReport.Production ? url : null
        );
}

/// <summary>A deployment in a list. The payload is anything that its maker wanted, and the client library takes objects of texts only.</summary>
internal sealed class ListedDeployment
{
    public long Id { get; set; }

    public string? Environment { get; set; }

    public object? Payload { get; set; }

    public string? Says(string key) =>
        Payload is IDictionary<string, object> payload && payload.TryGetValue(key, out var value)
            ? Convert.ToString(value, CultureInfo.InvariantCulture)
            : null;
}
