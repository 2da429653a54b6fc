using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Where a build of ours is in Jenkins: in the queue, or at work or done.</summary>
/// <param name="Item">Id of its queue item.</param>
/// <param name="Number">Its number, once it has one.</param>
internal readonly record struct JenkinsPlace(long? Item, int? Number);

/// <summary>What Jenkins knows of a job and of what waits for executors.</summary>
internal sealed record JenkinsView(IReadOnlyList<JenkinsQueueItem> Queue, JenkinsJobState Job)
{
    public IReadOnlyList<JenkinsBuild> Builds => Job.Builds ?? [];
}

/// <summary>The questions to Jenkins that a build takes. Addresses in its answers are those that it believes to have, which may be wrong
/// or foreign: only numbers are taken from them.</summary>
internal sealed partial class JenkinsBuilds(JenkinsClient client, IOptions<BuildOptions> options)
{
    /// <summary>Builds of a job that are looked at: more than can begin while one of ours is lost sight of.</summary>
    private const int Newest = 100;

    private readonly JenkinsOptions _options = options.Value.Jenkins;

    /// <summary>Where people find a build.</summary>
    public Uri AddressOf(JenkinsJob job, int number) => new(_options.BaseAddress, job.PathOf(number));

    /// <exception cref="CanaryException"><c>jenkins-job-missing</c>, among others.</exception>
    public async Task<JenkinsView> LookAsync(JenkinsJob job, CancellationToken cancellation)
    {
        // In this order: what leaves the queue in between is a build by then.
        var queue = await client.FindAsync<JenkinsQueue>(
            $"queue/api/json?tree=items[{JenkinsQueueItem.Fields}]",
            "see the queue",
            cancellation
        );
        var state = await client.FindAsync<JenkinsJobState>(
            $"{job.Path}api/json?tree=buildable,property[parameterDefinitions[name]],builds[{JenkinsBuild.Fields}]{{0,{Newest}}}",
            $"see the job {job.Name}",
            cancellation
        );
        return new JenkinsView(queue?.Items ?? [], state ?? throw JenkinsErrors.JobMissing(_options, job));
    }

    /// <summary>Starts a build. When it fails for a while, nobody knows whether Jenkins has started it.</summary>
    public async Task<JenkinsPlace> StartAsync(
        JenkinsJob job,
        bool withParameters,
        IReadOnlyDictionary<string, string> parameters,
        CancellationToken cancellation
    )
    {
        using var response = await client.PostAsync(
            job.Path + (withParameters ? "buildWithParameters" : "build"),
            parameters,
            $"start the job {job.Name}",
            cancellation
        );
        // 201 Created, or 303 See Other for one that waited already with the same parameters.
        return response.Headers.Location is { } place
            && QueueItem().Match(place.OriginalString) is { Success: true } match
            && long.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var item)
                ? new JenkinsPlace(item, Number: null)
            : response.StatusCode == HttpStatusCode.NotFound ? throw JenkinsErrors.JobMissing(_options, job)
            : response.StatusCode == HttpStatusCode.Conflict
                ? throw JenkinsErrors.JobUnfit(job, "is disabled.", "Enable it in Jenkins.")
            : throw JenkinsErrors.JobUnfit(
                job,
                $"was not put into the queue: Jenkins answered {(int)response.StatusCode}.",
                "Start it by hand in Jenkins and see what keeps it from being built."
            );
    }

    public Task<JenkinsQueueItem?> QueueItemAsync(long item, CancellationToken cancellation) =>
        client.FindAsync<JenkinsQueueItem>(
            string.Create(CultureInfo.InvariantCulture, $"queue/item/{item}/api/json?tree={JenkinsQueueItem.Fields}"),
            "see the queue",
            cancellation
        );

    public Task<JenkinsBuild?> BuildAsync(JenkinsJob job, int number, CancellationToken cancellation) =>
        client.FindAsync<JenkinsBuild>(
            $"{job.PathOf(number)}api/json?tree={JenkinsBuild.Fields}",
            "see the build",
            cancellation
        );

    public Task<JenkinsLogPiece?> LogAsync(
        JenkinsJob job,
        int number,
        long start,
        long atMost,
        CancellationToken cancellation
    ) => client.ReadLogAsync(job.PathOf(number), start, atMost, cancellation);

    /// <summary>Ends a build, or takes it out of the queue. One that has ended stays as it is.</summary>
    public async Task AbortAsync(JenkinsJob job, JenkinsPlace place, CancellationToken cancellation)
    {
        var path = place.Number is { } number
            ? $"{job.PathOf(number)}stop"
            : string.Create(CultureInfo.InvariantCulture, $"queue/cancelItem?id={place.Item}");
        using var response = await client.PostAsync(path, [], "stop the build", cancellation);
    }

    [GeneratedRegex("/queue/item/([0-9]{1,18})/?$")]
    private static partial Regex QueueItem();
}
