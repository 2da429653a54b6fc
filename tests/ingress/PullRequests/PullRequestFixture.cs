using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>A real ingress, a real repository with pull requests, and nobody who builds them.</summary>
internal sealed class PullRequestFixture : IAsyncDisposable
{
    private const string Path = "/api/pulls/shop/12";

    private PullRequestFixture(GitRepository repository, IngressHost host) => (Repository, Host) = (repository, host);

    public GitRepository Repository { get; }

    public IngressHost Host { get; }

    public static async Task<PullRequestFixture> StartAsync(params string[] settings)
    {
        var repository = await GitRepository.CreateAsync(name: "shop");
        await repository.CommitAsync("Begin");
        return new PullRequestFixture(
            repository,
            await IngressHost.StartAsync([
                "--ingress:repositories:2:name=acme/shop",
                $"--ingress:repositories:2:cloneurl={repository.Path}",
                "--ingress:repositories:2:pullrequests=true",
                "--ingress:republishafter=00:00:00.100",
                "--ingress:republishatmost=00:00:00.200",
                .. settings,
            ])
        );
    }

    /// <summary>Makes a commit the head of the pull request, and tells nobody.</summary>
    public async Task<string> MoveAsync()
    {
        var commit = await Repository.CommitAsync();
        await MoveAsync(commit);
        return commit;
    }

    public Task MoveAsync(string commit) => Repository.GitAsync("update-ref", "refs/pull/12/head", commit);

    public async Task DeliverAsync(PullRequestEvent told, string status = "accepted")
    {
        using var answer = await Host.DeliverAsync(told.ToJson(), "pull_request");
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).Text("status").ShouldBe(status);
    }

    /// <summary>The head moves, and GitHub says so.</summary>
    public async Task<string> PushAsync(PullRequestEvent told)
    {
        var commit = await MoveAsync();
        await DeliverAsync(told with { Commit = commit });
        return commit;
    }

    public Task<BuildPullRequest> OrderedAsync(string commit) =>
        Host.Sent.FirstAsync<BuildPullRequest>(order => order.Build.Source.Commit == commit);

    public Task CancelledAsync(BuildPullRequest order) =>
        Host.Sent.FirstAsync<CancelPullRequestBuild>(cancel => cancel.JobId == order.Build.JobId);

    public bool IsOrdered(string commit) =>
        Host.Sent.Of<BuildPullRequest>().Any(order => order.Build.Source.Commit == commit);

    public Task EndAsync(BuildPullRequest order, Failure? failure = null, bool hasMoved = false) =>
        Host.PublishAsync(
            new PullRequestBuilt
            {
                BuildId = order.Build.JobId,
                Application = "shop",
                Number = PullRequestEvent.Number,
                Commit = order.Build.Source.Commit,
                Failure = failure,
                IsSkipped = hasMoved,
                HasMoved = hasMoved,
            }
        );

    /// <summary>Its builds, that of the head first, as <c>COMMIT STATE</c>.</summary>
    public async Task<IReadOnlyList<string>> BuildsAsync() =>
        [
            .. (await Host.GetAsync(Path))
                .GetProperty("builds")
                .EnumerateArray()
                .Select(build => $"{build.Text("commit")} {build.Text("state")}"),
        ];

    public async Task BuildsAreAsync(params string[] builds)
    {
        IReadOnlyList<string> found = [];
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await Host.Anonymous.GetAsync(new Uri(Path, UriKind.Relative));
            found = answer.StatusCode == HttpStatusCode.OK ? await BuildsAsync() : [];
            return found.SequenceEqual(builds);
        });
    }

    public Task<HttpResponseMessage> ApproveAsync(string? commit, HttpClient? who = null) =>
        (who ?? Host.Operator).PostAsJsonAsync(
            string.Create(CultureInfo.InvariantCulture, $"{Path}/approve"),
            new
            {
                commit,
                by = "grace",
                reason = "looked at it",
            }
        );

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Repository.Dispose();
    }
}
