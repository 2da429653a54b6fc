using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.GitHub;

namespace Canary.Ingress.Tests.Notifications.GitHub;

/// <summary>A real ingress that reports to the stand-in for GitHub.</summary>
internal sealed class ReportFixture : IAsyncDisposable
{
    private const string Channel = "github";

    private readonly TempDirectory _directory = new();

    private ReportFixture(GitHubServer server) => Server = server;

    public GitHubServer Server { get; }

    public IngressHost Host { get; private set; } = null!;

    public GitHubStandInRepository Repository { get; private set; } = null!;

    public static async Task<ReportFixture> StartAsync(bool asApp = true, params string[] settings)
    {
        var fixture = new ReportFixture(await GitHubServer.StartAsync());
        fixture.Repository = fixture.Server.AddRepository("acme/shop");
        var secret = fixture._directory.WriteFile("secret", asApp ? GitHubServer.PrivateKey : GitHubServer.Token);
        fixture.Host = await IngressHost.StartAsync([
            $"--github:address={fixture.Server.Address}",
            "--github:timeout=00:00:01",
            "--github:limitpause=00:00:01",
            .. asApp
                ? (string[])[$"--github:appid={GitHubServer.AppId}", $"--github:privatekeyfile={secret}"]
                : [$"--github:tokenfile={secret}"],
            "--hosting:publicaddress=https://canary.example.org",
            "--ingress:notifications:retryafter=00:00:00.100",
            "--ingress:notifications:retryatmost=00:00:00.200",
            .. settings,
        ]);
        return fixture;
    }

    /// <summary>A push to a repository of the stand-in.</summary>
    public PushReceived Push(string application = "shop", string repository = "acme/shop")
    {
        var push = Told.Push(application);
        return push with
        {
            Source = push.Source with { Repository = repository, CloneUrl = $"{Server.Web}{repository}.git" },
        };
    }

    /// <summary>Lets a release be in a state, with the stages that it has then.</summary>
    public Task ReleaseIsAsync(PushReceived push, int revision, string state, Failure? failure = null, long number = 1)
    {
        string[] done = state switch
        {
            ReleaseStates.Building => [],
            ReleaseStates.Packaging => ["build"],
            ReleaseStates.Publishing => ["build", "package"],
            _ when failure is not null => [],
            _ => ["build", "package", "publish"],
        };
        var works = state switch
        {
            ReleaseStates.Packaging => "package",
            ReleaseStates.Publishing => "publish",
            ReleaseStates.Building or ReleaseStates.Failed => "build",
            _ => null,
        };
        return Host.PublishAsync(
            Snapshots.Release(push, revision, state, failure) with
            {
                Number = number,
                Stages =
                [
                    .. new[] { "build", "package", "publish" }.Select(name =>
                        Stage(
                            name,
                            done.Contains(name) ? StageState.Succeeded
                                : name != works
                                    ? ReleaseStates.IsFinal(state) ? StageState.Skipped
                                        : StageState.Pending
                                : failure is not null ? StageState.Failed
                                : StageState.Running
                        )
                    ),
                ],
            }
        );
    }

    /// <summary>Lets a rollout be in a state: its stages by name, in their order.</summary>
    public Task RolloutIsAsync(
        PushReceived push,
        int revision,
        string state,
        params (string Name, StageState State)[] stages
    ) =>
        Host.PublishAsync(
            Releases.ProjectionTests.Rollout(push, revision, state) with
            {
                Stages = [.. stages.Select(stage => Stage(stage.Name, stage.State))],
            }
        );

    /// <summary>Brings a release to production.</summary>
    public async Task CompleteAsync(PushReceived push, long number = 1)
    {
        await ReleaseIsAsync(push, 1, ReleaseStates.RollingOut, number: number);
        await RolloutIsAsync(
            push,
            1,
            RolloutStates.DeployingCanary,
            ("preflight", StageState.Succeeded),
            ("canary", StageState.Running)
        );
        await RolloutIsAsync(push, 2, RolloutStates.Completed, Everything(StageState.Succeeded));
        await ReleaseIsAsync(push, 2, ReleaseStates.Completed, number: number);
    }

    public static (string, StageState)[] Everything(StageState lastWave) =>
        [
            ("preflight", StageState.Succeeded),
            ("canary", StageState.Succeeded),
            ("soak", StageState.Succeeded),
            ("promotion", StageState.Succeeded),
            ("wave-1", StageState.Succeeded),
            ("wave-2", lastWave),
        ];

    /// <summary>Waits until GitHub knows everything.</summary>
    public async Task ToldAsync(params PushReceived[] pushes)
    {
        foreach (var push in pushes)
        {
            await Eventually.TrueAsync(async () =>
            {
                using var answer = await Host.Operator.GetAsync($"/api/releases/{push.ReleaseId}");
                return answer.IsSuccessStatusCode;
            });
        }

        await Host.ToldAllAsync(Channel);
    }

    /// <summary>The check runs, and the statuses, of a commit as people see them: the newest of each name.</summary>
    public Dictionary<string, string> ChecksOf(PushReceived push) =>
        Server.Look(_ =>
            Repository
                .CheckRuns.Where(it => Text(it, "head_sha") == push.Source.Commit)
                .Select(it => (Name: Text(it, "name"), State: it["conclusion"]?.ToString() ?? Text(it, "status")))
                .Concat(
                    Repository
                        .Statuses.Where(it => Text(it, "sha") == push.Source.Commit)
                        .Select(it => (Name: Text(it, "context"), State: Text(it, "state")))
                )
                .GroupBy(it => it.Name)
                .ToDictionary(same => same.Key, same => same.Last().State)
        );

    /// <summary>The deployments of a commit by their environments, with all states that they had.</summary>
    public Dictionary<string, string[]> DeploymentsOf(PushReceived push) =>
        Server.Look(_ =>
            Repository
                .Deployments.Where(it => Text(it, "sha") == push.Source.Commit)
                .ToDictionary(
                    it => Text(it, "environment"),
                    it =>
                        Repository
                            .DeploymentStatuses[it["id"]!.GetValue<long>()]
                            .Select(status => Text(status, "state"))
                            .ToArray()
                )
        );

    public int CheckRunsOf(PushReceived push) =>
        Server.Look(_ => Repository.CheckRuns.Count(it => Text(it, "head_sha") == push.Source.Commit));

    public Task<System.Text.Json.JsonElement> CheckAsync() => CheckAsync("notifications-github");

    public async Task<System.Text.Json.JsonElement> CheckAsync(string name) =>
        (await Host.Operator.GetFromJsonAsync<System.Text.Json.JsonElement>("/api/status"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(it => it.Text("name") == name);

    public Task IsWellAsync() => Host.IsWellAsync(Channel);

    public static string Text(JsonObject json, string name) => json[name]!.ToString();

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    private static StageSnapshot Stage(string name, StageState state) =>
        new()
        {
            Name = name,
            State = state,
            StartedAt = state is StageState.Pending or StageState.Skipped ? null : Snapshots.Noon,
            FinishedAt = state is StageState.Succeeded or StageState.Failed ? Snapshots.Noon.AddMinutes(1) : null,
            Attempts = 1,
        };
}
