using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing.GitHub;

namespace Canary.Pipeline;

/// <summary>
/// The pipeline that Canary re-creates, part by part: what its webhook, Jenkins, build host, FPM, Freight, Consul, HAProxy, alarms, persons
/// and chat did, seen from outside on five services in containers.
/// </summary>
internal sealed partial class OriginalPipeline(
    ComposeInstallation canary,
    Outside outside,
    ShopRepository shop,
    PipelineReport report
)
{
    private static readonly string[] Production = ["web-1", "web-2", "web-3"];

    private readonly GitHubStandInRepository _repository = outside.GitHub.Repositories[0];

    public async Task RunAsync()
    {
        report.Chapter("A push, built on a build host, promoted by a person");
        var first = await FirstReleaseAsync();

        report.Chapter("A push, built by Jenkins, rolled back by a person");
        await canary.ChangeAsync("ci-coordinator", "provider: ssh", "provider: jenkins");
        var jenkins = new JenkinsJob(canary, outside);
        await ReleaseOfJenkinsAsync(jenkins, first);

        report.Chapter("A push whose canary sets off an alarm");
        await ReleaseWithAlarmAsync(first);

        report.Chapter("A push whose tests fail, and what is left of all");
        await FailingReleaseAsync(jenkins);
        await LookAtChatAsync();
    }

    private async Task<ReleaseView> FirstReleaseAsync()
    {
        var (commit, before) = await shop.CommitAsync("1.0.0");
        using var forged = await canary.DeliverAsync("{}"u8.ToArray(), signature: "sha256=" + new string('0', 64));
        report.Row(
            "GitHub webhook",
            "takes no forged push",
            forged.StatusCode == HttpStatusCode.Unauthorized,
            Text(forged)
        );
        await PushAsync(commit, before);
        var release = await canary.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        await LookAtPushAsync(release);
        await LookAtBuildHostAsync(release);
        LookAtDownload();
        await LookAtPackageAsync(release);
        await LookAtRepositoryAsync(release);
        await LookAtProvisioningAsync();
        await LookAtCanaryAsync(release);
        await PromoteAsync(release);
        return release;
    }

    private async Task LookAtPushAsync(ReleaseView release)
    {
        var shown = await canary.DescribeAsync(release);
        string Shown(string name) => shown[name]?.ToString() ?? "";
        report.Row(
            "GitHub webhook",
            "project, branch, user, commit and link are the push's",
            (Shown("application"), Shown("branch"), Shown("pusher"), Shown("commit"))
                == ("shop", "main", "ada", release.Commit)
                && Shown("compareUrl").EndsWith($"/compare/{release.Commit[..12]}", StringComparison.Ordinal),
            $"{Shown("application")}, {Shown("branch")}, {Shown("pusher")}, {Shown("commit")[..7]}, {Shown("compareUrl")}"
        );
    }

    private async Task LookAtBuildHostAsync(ReleaseView release)
    {
        var hosts = await InConsulAsync("catalog/service/build-host");
        var log = await canary.LogOfAsync(release);
        report.Row(
            "Build host",
            "found through Consul, builds there",
            hosts.Count == 1
                && log.Contains("build-1", StringComparison.Ordinal)
                && log.Contains("Built 1.0.0", StringComparison.Ordinal),
            $"Consul has {Names(hosts)}; “{log.Split('\n').FirstOrDefault(line => line.Contains("build-1", StringComparison.Ordinal))}”"
        );
    }

    private void LookAtDownload()
    {
        var fetches = outside
            .GitHub.Requests.Where(it => it.Path.EndsWith("/git-upload-pack", StringComparison.Ordinal))
            .ToList();
        report.Row(
            "Download",
            "git fetches the private repository from GitHub, signed in",
            fetches.Count > 0
                && fetches.TrueForAll(it => it.Authorization.StartsWith("Basic ", StringComparison.Ordinal)),
            $"{fetches.Count} fetches with tokens of the App's installation"
        );
    }

    private async Task LookAtPackageAsync(ReleaseView release)
    {
        var fields = await canary.OutputOfAsync(
            "canary-1",
            "dpkg-query",
            "--show",
            "--showformat",
            "${Package}|${Version}|${Architecture}|${Maintainer}|${Description}",
            "shop"
        );
        var copyright = await canary.OutputOfAsync("canary-1", "cat", "/usr/share/doc/shop/copyright");
        report.Row(
            "Metadata",
            "fpm.json describes the package",
            fields.Contains("|Ada Lovelace <ada@acme.example>|sells seed to people\n", StringComparison.Ordinal)
                && copyright.Contains("Apache-2.0", StringComparison.Ordinal),
            fields
        );
        var files = await canary.OutputOfAsync("canary-1", "dpkg", "--listfiles", "shop");
        report.Row(
            "FPM",
            "a deb of the commit, VERSION-EPOCH-COMMIT, for all, in /opt",
            VersionOfFirst().Match(release.Version ?? "").Groups[1].Value == release.Commit[..7]
                && fields.StartsWith($"shop|{release.Version}|all|", StringComparison.Ordinal)
                && files.Contains("/opt/shop/lib/Shop.pm", StringComparison.Ordinal),
            release.Version ?? "no version"
        );
        var answers = await canary.OutputOfAsync("canary-1", "curl", "--silent", "http://127.0.0.1:8080/version");
        report.Row("FPM", "after-install has started it", answers == "1.0.0", $"canary-1 answers {answers}");
    }

    private async Task LookAtRepositoryAsync(ReleaseView release)
    {
        using var http = new HttpClient { BaseAddress = canary.Repository };
        using var directory = new TempDirectory();
        await File.WriteAllBytesAsync(
            directory.Combine("key"),
            await http.GetByteArrayAsync("canary-archive-keyring.pgp")
        );
        await File.WriteAllBytesAsync(
            directory.Combine("InRelease"),
            await http.GetByteArrayAsync("dists/canary/InRelease")
        );
        var check = await ProcessRunner.RunAsync(
            "gpgv",
            ["--keyring", directory.Combine("key"), directory.Combine("InRelease")]
        );
        report.Row("Freight", "its APT repository is signed", check.ExitCode == 0, check.Error.Split('\n')[^2]);
        var policy = await canary.OutputOfAsync("canary-1", "apt-cache", "policy", "shop");
        report.Row(
            "Freight",
            "apt has the package from it, over HTTP",
            policy.Contains($"*** {release.Version}", StringComparison.Ordinal)
                && policy.Contains("http://repository-publisher:8480/repository canary/main", StringComparison.Ordinal),
            policy.Split('\n').FirstOrDefault(line => line.Contains("http://", StringComparison.Ordinal)) ?? policy
        );
    }

    private async Task LookAtProvisioningAsync()
    {
        var keys = await canary.OutputOfAsync("web-1", "cat", "/var/lib/canary-deploy/.ssh/authorized_keys");
        report.Row(
            "Provisioning",
            "hosts/install.sh has made hosts of plain Debian machines",
            keys.StartsWith("restrict,command=\"/usr/sbin/canary-apply\" ", StringComparison.Ordinal),
            "the deployer's key may run one program"
        );
    }

    private async Task LookAtCanaryAsync(ReleaseView release)
    {
        var services = await InConsulAsync("catalog/service/shop");
        string TagOf(string node) =>
            services.Single(it => it!["Node"]!.ToString() == node)!["ServiceTags"]!.AsArray().Single()!.ToString();
        report.Row(
            "Consul tags",
            "hosts say which application and role they have",
            TagOf("canary-1") == "shop::app_canary" && Production.All(host => TagOf(host) == "shop::app"),
            $"canary-1: {TagOf("canary-1")}, web-1: {TagOf("web-1")}"
        );
        await LookAtAdvertisedAsync("the canaries' version", canaries: release.Version, production: null);
        report.Row(
            "Canary deploy",
            "canary hosts install it, others do not",
            await InstalledAsync() is var all && all.SequenceEqual([release.Version, null, null, null]),
            Describe(all)
        );
    }

    private async Task PromoteAsync(ReleaseView release)
    {
        await canary.DecideAsync(release, "promote");
        await canary.ReleaseInAsync(release.Commit, ReleaseStates.Completed);
        report.Row(
            "Production deploy",
            "a person promotes it, all hosts install it",
            await InstalledAsync() is var all && all.All(version => version == release.Version),
            Describe(all)
        );
        await LookAtAdvertisedAsync(
            "production's version as well",
            canaries: release.Version,
            production: release.Version
        );
        await SeenAsync(() => Conclusions(release).All(it => it == "success"));
        report.Row(
            "GitHub",
            "shows build, package, canary and production",
            Conclusions(release) is { Length: 4 } shown && shown.All(it => it == "success"),
            string.Join(", ", Conclusions(release))
        );
    }

    private async Task ReleaseOfJenkinsAsync(JenkinsJob jenkins, ReleaseView before)
    {
        var (commit, parent) = await shop.CommitAsync("1.1.0");
        await PushAsync(commit, parent);
        var release = await canary.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        var build = jenkins.Job.Builds.Single();
        var log = await canary.LogOfAsync(release);
        report.Row(
            "Jenkins",
            "builds the job of the same name, with the branch",
            jenkins.Job.Path == "job/shop"
                && build.Parameters["branch"] == "main"
                && build.Parameters["commit"] == commit,
            $"build {build.Number} of {jenkins.Job.Path}: {build.Result}"
        );
        report.Row(
            "Jenkins",
            "clones from GitHub, runs script/cisetup, then script/cibuild",
            StepsOfJenkins().IsMatch(log),
            log.Split('\n').FirstOrDefault(line => line.Contains("Cloned", StringComparison.Ordinal)) ?? log
        );
        report.Row(
            "Jenkins",
            "its Notification plugin tells of start and end",
            jenkins.Notifications.SequenceEqual([("STARTED", 202), ("FINALIZED", 202)]),
            string.Join(", ", jenkins.Notifications)
        );
        await LookAtHaProxyAsync();

        await canary.DecideAsync(release, "rollback");
        var rolledBack = await canary.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        report.Row(
            "Rollback",
            "a person takes it back, canaries get production's version",
            await InstalledAsync() is var all && all.All(version => version == before.Version),
            $"{rolledBack.State}; {Describe(all)}"
        );
        await LookAtAdvertisedAsync("the version before again", canaries: before.Version, production: before.Version);
    }

    private async Task LookAtHaProxyAsync()
    {
        // HAProxy looks at its servers every second.
        IReadOnlyList<string> all = [];
        await SeenAsync(async () =>
            (all = await canary.VersionsBehindHaProxyAsync(asksForCanaries: false)).SequenceEqual(["1.0.0", "1.1.0"])
        );
        report.Row(
            "HAProxy",
            "canaries take part in the round robin",
            all.SequenceEqual(["1.0.0", "1.1.0"]),
            string.Join(", ", all)
        );
        var asked = await canary.VersionsBehindHaProxyAsync(asksForCanaries: true);
        report.Row(
            "HAProxy",
            "a header sends all of a person's requests to them",
            asked.SequenceEqual(["1.1.0"]),
            $"X-SHOP-Canary: true: {string.Join(", ", asked)}"
        );
    }

    private async Task ReleaseWithAlarmAsync(ReleaseView before)
    {
        // Who took a version back decides when the next one may go.
        using var resumed = await canary.ResumeAsync("shop");
        var (commit, parent) = await shop.CommitAsync("1.2.0");
        await PushAsync(commit, parent);
        await canary.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        var answer = await canary.PostAsync(
            "/webhooks/alarms/generic",
            """{"key": "orders", "firing": true, "application": "shop", "severity": "critical", "summary": "no orders"}""",
            new AuthenticationHeaderValue("Bearer", outside.AlarmToken)
        );
        var release = await canary.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        report.Row(
            "External alarms",
            "an alarm rolls it back, nobody has to wait for it",
            answer is 200 or 202 && release.Failure?.Code == "alarm-fired",
            release.Failure?.Message ?? "no failure"
        );
        report.Row(
            "External alarms",
            "the canaries have production's version",
            await InstalledAsync() is var all && all.All(version => version == before.Version),
            Describe(all)
        );
    }

    private async Task FailingReleaseAsync(JenkinsJob jenkins)
    {
        var (commit, parent) = await shop.CommitAsync("1.3.0", passes: false);
        await PushAsync(commit, parent);
        var release = await canary.ReleaseInAsync(commit, ReleaseStates.Failed);
        report.Row(
            "Jenkins",
            "a failure there ends the release",
            release.Failure?.Code == "jenkins-build-failed" && jenkins.Notifications[^1] == ("FINALIZED", 202),
            release.Failure?.Message ?? "no failure"
        );
        string[] left =
        [
            await LeftInAsync("ci-coordinator", "/var/lib/canary/workspaces/checkouts"),
            await LeftInAsync("packager", "/var/lib/canary/workspaces/checkouts"),
            await LeftInAsync("build-1", "/var/lib/canary-build/builds", "-name", "checkout"),
        ];
        report.Row(
            "Clean-up",
            "no temporary directory is left, after success and failure",
            left.All(it => it.Length == 0),
            string.Concat(left) is { Length: > 0 } some ? some : "nothing"
        );
    }

    private async Task LookAtChatAsync()
    {
        // What is newer replaces what waits to be told; these are told whatever the pace.
        (string Release, string Says)[] steps =
        [
            ("shop 1.0.0-", "waits for promotion"),
            ("shop 1.0.0-", "is in production"),
            ("shop 1.1.0-", "was rolled back. Rolled back by operator"),
            ("shop 1.2.0-", "was rolled back. An alarm fired"),
            ("shop ", "failed. The Jenkins build"),
        ];
        await SeenAsync(() => steps.All(step => Telling(step) is not null));
        foreach (var step in steps)
        {
            var message = Telling(step);
            report.Row(
                "Chat",
                "Slack is told",
                message is not null,
                message ?? $"no '{step.Release}…' that {step.Says}"
            );
        }

        string? Telling((string Release, string Says) step) =>
            outside.Slack.Messages.FirstOrDefault(it =>
                it.StartsWith(step.Release, StringComparison.Ordinal)
                && it.Contains(step.Says, StringComparison.Ordinal)
            );
    }

    private async Task LookAtAdvertisedAsync(string what, string? canaries, string? production)
    {
        string? forCanaries = null;
        string? forProduction = null;
        // Consul gets it soon; no rollout waits for that.
        await SeenAsync(async () =>
        {
            forCanaries = await KeyAsync("shop::canary_version");
            forProduction = await KeyAsync("shop::version");
            return (forCanaries, forProduction) == (canaries, production);
        });
        report.Row(
            "Consul KV",
            $"advertises {what}",
            (forCanaries, forProduction) == (canaries, production),
            $"canary_version {forCanaries ?? "-"}, version {forProduction ?? "-"}"
        );
    }

    private async Task PushAsync(string commit, string? before)
    {
        var payload = PushPayload.Of(shop.Git, commit, "shop", before, id: _repository.Id);
        using var answer = await canary.DeliverAsync(JsonSerializer.SerializeToUtf8Bytes(payload));
        report.Row(
            "GitHub webhook",
            $"takes the push of {commit[..7]}",
            answer.StatusCode == HttpStatusCode.Accepted,
            Text(answer)
        );
    }

    private string[] Conclusions(ReleaseView release) =>
        outside.GitHub.Look(_ =>
            _repository
                .CheckRuns.Where(it => it["head_sha"]!.ToString() == release.Commit)
                .Select(it => it["conclusion"]?.ToString() ?? "none")
                .ToArray()
        );

    private async Task<string?[]> InstalledAsync()
    {
        var versions = new List<string?>();
        foreach (var host in ComposeInstallation.Hosts)
        {
            versions.Add(await canary.InstalledAsync(host, "shop"));
        }

        return [.. versions];
    }

    private async Task<JsonArray> InConsulAsync(string path)
    {
        var said = await canary.OutputOfAsync("canary-1", "curl", "--silent", $"http://127.0.0.1:8500/v1/{path}");
        return JsonNode.Parse(said)!.AsArray();
    }

    private async Task<string?> KeyAsync(string key)
    {
        var said = await canary.OutputOfAsync("canary-1", "curl", "--silent", $"http://127.0.0.1:8500/v1/kv/{key}?raw");
        return said.Length == 0 ? null : said;
    }

    private async Task<string> LeftInAsync(string service, string directory, params string[] condition) =>
        await canary.OutputOfAsync(service, ["find", directory, "-mindepth", "1", .. condition]);

    /// <summary>Waits a while for something that nothing else waits for; whether it came is the row's.</summary>
    private static Task SeenAsync(Func<bool> condition) => SeenAsync(() => Task.FromResult(condition()));

    private static async Task SeenAsync(Func<Task<bool>> condition)
    {
        try
        {
            await Eventually.TrueAsync(condition, TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            // The row says so.
        }
    }

    private static string Describe(string?[] versions) =>
        string.Join(", ", ComposeInstallation.Hosts.Zip(versions, (host, version) => $"{host} {version ?? "-"}"));

    private static string Names(JsonArray services) => string.Join(", ", services.Select(it => it!["Node"]));

    private static string Text(HttpResponseMessage answer) =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)answer.StatusCode}");

    [GeneratedRegex(@"^1\.0\.0-[0-9]+\.g([0-9a-f]{7})$")]
    private static partial Regex VersionOfFirst();

    [GeneratedRegex(
        @"Cloned [0-9a-f]{40} from GitHub.*\+ script/cisetup.*\+ script/cibuild.*Built 1\.1\.0",
        RegexOptions.Singleline
    )]
    private static partial Regex StepsOfJenkins();
}
