using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>
/// From a signed webhook to a canary that runs the commit. The scripts of the application do nothing; their time, measured
/// beside it, is taken off. What apt and dpkg need on the same host for the same package is measured by hand right after, so that
/// the table shows how much of the time is theirs.
/// </summary>
internal sealed class PushToCanary : IBenchmark
{
    private const string Secret = "a secret for benchmarks";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => "push-to-canary";

    public async Task<IReadOnlyList<Row>> RunAsync(Settings settings, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        using var repository = await CreateApplicationAsync(directory);
        var data = directory.Combine("data");
        await using var server = await CanaryServer.StartAsync(
            data,
            Configuration(directory, repository),
            cancellationToken
        );

        var runs = new List<Run>();
        var repetitions = settings.Repetitions(full: 25, quick: 3);
        // The first installation differs from an upgrade, and the first release finds cold code: it is not counted.
        for (var i = -1; i < repetitions; i++)
        {
            repository.WithFile("content.txt", $"Version {i}\n");
            var commit = await repository.CommitAsync($"Change {i}");
            var run = await ReleaseAsync(server, repository, commit, cancellationToken);
            if (i >= 0)
            {
                run = run with
                {
                    Scripts = await ScriptTimeAsync(repository, cancellationToken),
                    Apt = await AptTimeAsync(data, run, runs.LastOrDefault(), cancellationToken),
                };
                runs.Add(run);
            }
        }

        var counted = runs.Skip(1).ToList();
        return
        [
            Row.Milliseconds("webhook to canary running", counted.Select(run => run.Total)),
            Row.Milliseconds("  the scripts' own time", counted.Select(run => run.Scripts)),
            Row.Milliseconds("  apt and dpkg by hand, same host and package", counted.Select(run => run.Apt!.Value)),
            Row.Milliseconds("  without the scripts", counted.Select(run => run.Total - run.Scripts)) with
            {
                Goal = 300,
            },
            Row.Milliseconds(
                "  without scripts, apt and dpkg",
                counted.Select(run => run.Total - run.Scripts - run.Apt!.Value)
            ),
            .. counted[0]
                .Stages.Keys.Select(stage =>
                    Row.Milliseconds($"    stage {stage}", counted.Select(run => run.Stages[stage]))
                ),
            Row.Milliseconds("    between the stages", counted.Select(run => run.Total - Sum(run.Stages.Values))),
            new Row("memory after these releases, resident", "MB", [Math.Round(server.Memory.Resident, 1)]),
        ];
    }

    private static TimeSpan Sum(IEnumerable<TimeSpan> times) =>
        times.Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    private static async Task<GitRepository> CreateApplicationAsync(TempDirectory directory)
    {
        var repository = await GitRepository.CreateInAsync(directory.Combine("small"));
        repository.WithConventionScripts().WithFile("canary.yml", "description: A small application\n");
        for (var i = 0; i < 20; i++)
        {
            repository.WithFile($"lib/module{i}.txt", string.Concat(Enumerable.Repeat($"line of module {i}\n", 500)));
        }

        return repository;
    }

    private static string Configuration(TempDirectory directory, GitRepository repository)
    {
        var hosts = directory.WriteFile(
            "hosts.yml",
            """
            hosts:
              - name: canary-1
                channel: canary
              - name: production-1
                channel: production

            """
        );
        return $"""
            ingress:
              webhook-secrets: ['{Secret}']
              repositories:
                - name: acme/small
                  clone-url: {repository.Path}
            deployer:
              soak: 00:00:00
              promotion: manual
              inventory:
                path: {hosts}

            """;
    }

    private static async Task<Run> ReleaseAsync(
        CanaryServer server,
        GitRepository repository,
        string commit,
        CancellationToken cancellationToken
    )
    {
        var body = Encoding.UTF8.GetBytes(Push(commit).ToJsonString());
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Event", "push");
        request.Headers.Add("X-GitHub-Delivery", Guid.NewGuid().ToString());
        request.Headers.Add("X-Hub-Signature-256", $"sha256={signature}");

        var pushedAt = TimeProvider.System.GetUtcNow();
        using var answer = await server.Http.SendAsync(request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.Accepted)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellationToken));
        }

        // The server stamps the stages, with the same clock; asking costs it little and is not part of the figure.
        var release = await UntilAsync(
            server,
            commit,
            release => StateOf(release, "canary") == "succeeded",
            cancellationToken
        );
        var stages = release["stages"]!
            .AsArray()
            .TakeWhile(stage => (string?)stage!["name"] is not ("soak" or "promotion"))
            .ToDictionary(
                stage => (string)stage!["name"]!,
                stage => Time(stage!, "finishedAt") - Time(stage!, "startedAt")
            );
        var reachedAt = release["stages"]!.AsArray().Single(stage => (string?)stage!["name"] == "canary")!;
        await FinishAsync(server, commit, release, cancellationToken);
        return new Run(Time(reachedAt, "finishedAt") - pushedAt, stages, (string)release["version"]!);
    }

    /// <summary>Takes the release to its end, so that the next one does not wait for it.</summary>
    private static async Task FinishAsync(
        CanaryServer server,
        string commit,
        JsonNode release,
        CancellationToken cancellationToken
    )
    {
        await UntilAsync(
            server,
            commit,
            r => (string?)r["phase"] == "AwaitingPromotion" || IsFinal(r),
            cancellationToken
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/releases/{(string)release["id"]!}/promote");
        request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        using var answer = await server.Http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var end = await UntilAsync(server, commit, IsFinal, cancellationToken);
        if ((string?)end["state"] != "Completed")
        {
            throw new InvalidOperationException($"The release did not complete:\n{end}");
        }
    }

    private static async Task<JsonNode> UntilAsync(
        CanaryServer server,
        string commit,
        Func<JsonNode, bool> condition,
        CancellationToken cancellationToken
    )
    {
        var clock = Stopwatch.StartNew();
        JsonNode? release = null;
        while (clock.Elapsed < Patience)
        {
            var list = await server.GetAsync("/api/releases?application=small&limit=1", cancellationToken);
            release = list["releases"]!.AsArray().FirstOrDefault(r => (string?)r!["commit"] == commit);
            if (release is not null)
            {
                release = await server.GetAsync($"/api/releases/{(string)release["id"]!}", cancellationToken);
                if (condition(release))
                {
                    return release;
                }

                if (IsFinal(release))
                {
                    break;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        throw new InvalidOperationException($"The release of {commit} did not get there:\n{release}");
    }

    private static bool IsFinal(JsonNode release) =>
        (string?)release["state"] is "Completed" or "Failed" or "RolledBack" or "Superseded";

    private static string? StateOf(JsonNode release, string stage) =>
        (string?)release["stages"]!.AsArray().FirstOrDefault(s => (string?)s!["name"] == stage)?["state"];

    private static DateTimeOffset Time(JsonNode stage, string field) =>
        DateTimeOffset.Parse((string)stage[field]!, CultureInfo.InvariantCulture);

    private static async Task<TimeSpan> ScriptTimeAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        foreach (var script in new[] { "script/cisetup", "script/cibuild" })
        {
            await ProcessRunner.OutputOfAsync(
                Path.Combine(repository.Path, script),
                [],
                repository.Path,
                cancellationToken: cancellationToken
            );
        }

        return clock.Elapsed;
    }

    /// <summary>Goes back to the version before, untimed, and then to this one again, as the deployer did.</summary>
    private static async Task<TimeSpan?> AptTimeAsync(
        string data,
        Run run,
        Run? before,
        CancellationToken cancellationToken
    )
    {
        if (before is null)
        {
            return null;
        }

        var root = Path.Combine(data, "deployer", "hosts", "canary-1");
        var environment = new Dictionary<string, string?>
        {
            ["APT_CONFIG"] = Path.Combine(root, "etc", "apt", "apt.conf"),
            ["DEBIAN_FRONTEND"] = "noninteractive",
        };
        await AptAsync("install", "-y", "-q", "--allow-downgrades", $"small={before.Version}");
        var clock = Stopwatch.StartNew();
        await AptAsync("update", "-q");
        await AptAsync("install", "-y", "-q", "--allow-downgrades", $"small={run.Version}");
        return clock.Elapsed;

        Task AptAsync(params string[] arguments) =>
            ProcessRunner.OutputOfAsync("apt-get", arguments, root, environment, cancellationToken: cancellationToken);
    }

    private static JsonObject Push(string commit) =>
        new()
        {
            ["ref"] = "refs/heads/main",
            ["before"] = new string('0', 40),
            ["after"] = commit,
            ["created"] = false,
            ["deleted"] = false,
            ["forced"] = false,
            ["compare"] = "https://github.com/acme/small/compare/main",
            ["commits"] = new JsonArray(new JsonObject { ["id"] = commit, ["message"] = "Change" }),
            ["head_commit"] = new JsonObject { ["id"] = commit, ["message"] = "Change" },
            ["repository"] = new JsonObject
            {
                ["name"] = "small",
                ["full_name"] = "acme/small",
                ["clone_url"] = "https://github.com/acme/small.git",
                ["default_branch"] = "main",
            },
            ["pusher"] = new JsonObject { ["name"] = "ada" },
        };

    private sealed record Run(TimeSpan Total, IReadOnlyDictionary<string, TimeSpan> Stages, string Version)
    {
        public TimeSpan Scripts { get; init; }

        public TimeSpan? Apt { get; init; }
    }
}
