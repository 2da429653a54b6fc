using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>Repositories that cannot be built or packaged: the release fails with the cause and the remedy, the CLI tells
/// both, and nothing is left behind.</summary>
public sealed class BadRepositoryTests(BadRepositoryTests.Fixture fixture) : IClassFixture<BadRepositoryTests.Fixture>
{
    private static readonly Bad[] All =
    [
        new("no-cisetup", "script-missing", "script/cisetup", "exit 0", it => it.Without("script/cisetup")),
        new("no-cibuild", "script-missing", "script/cibuild", "exit 0", it => it.Without("script/cibuild")),
        new(
            "no-interpreter",
            "script-not-executable",
            "script/cibuild",
            "chmod=+x script/cibuild",
            it => it.Without("script/cibuild").WithFile("script/cibuild", "exit 0\n")
        ),
        new(
            "empty-tree",
            "commit-empty",
            "no files",
            "Commit",
            it => it.Without("script/cisetup").Without("script/cibuild")
        ),
        new(
            "fails",
            "script-failed",
            "script/cibuild exited with 3. It printed last:\nthe wheel came off",
            "build log",
            it => it.WithConventionScripts(build: "echo the wheel came off >&2; exit 3")
        ),
        new(
            "setup-fails",
            "script-failed",
            "script/cisetup exited with 127",
            "build log",
            it => it.WithConventionScripts(setup: "no-such-program")
        ),
        new(
            "fails-and-forks",
            "script-failed",
            "exited with 1",
            "build log",
            it => it.WithConventionScripts(build: $"{Daemon("fails-and-forks")}\nexit 1")
        ),
        new(
            "hangs",
            "script-timed-out",
            "3.0 s",
            "ci-coordinator.builds.time-limit",
            it => it.WithConventionScripts(build: $"{Daemon("hangs")}\nsleep 1000")
        ),
        new(
            "floods",
            "script-output-limit",
            "50000 bytes",
            "ci-coordinator.builds.output-limit",
            it => it.WithConventionScripts(build: "yes endlessly")
        ),
        new(
            "bad-name",
            "package-name-invalid",
            "My_Shop!",
            "name: my-shop",
            it => it.WithFile("canary.yml", "name: My_Shop!\n")
        ),
        new(
            "bad-version",
            "package-version-invalid",
            "1.0 beta",
            "version",
            it => it.WithFile("canary.yml", "version: 1.0 beta\n")
        ),
        new(
            "hostile-name",
            "package-name-invalid",
            "../../etc/cron.d/x",
            "name",
            it => it.WithFile("canary.yml", "name: ../../etc/cron.d/x\n")
        ),
        new(
            "broken-yaml",
            "metadata-syntax",
            "canary.yml, line 3",
            "",
            it => it.WithFile("canary.yml", "version: 1.0\ndepends: [a,\n")
        ),
        new("broken-json", "metadata-syntax", "fpm.json", "", it => it.WithFile("fpm.json", "{ \"version\": ")),
        new(
            "all-excluded",
            "package-empty",
            "excluded",
            "exclude",
            it => it.WithFile("canary.yml", "exclude: ['**']\n")
        ),
        new(
            "link-absolute",
            "link-leaves-tree",
            "points to /etc/passwd",
            "relative path",
            it => it.WithLink("secrets", "/etc/passwd")
        ),
        new(
            "link-upwards",
            "link-leaves-tree",
            "lib/up leaves the repository: it points to ../../outside",
            "relative path",
            it => it.WithFile("lib/text", "text").WithLink("lib/up", "../../outside")
        ),
    ];

    public static TheoryData<string> Names => [.. All.Select(bad => bad.Name)];

    private CanaryServer Server => fixture.Server;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_cannot_be_released_is_told_with_cause_and_remedy(string name)
    {
        var bad = All.Single(it => it.Name == name);
        using var repository = await GitRepository.CreateAsync(name: name);
        var commit = await bad.Arrange(repository.WithConventionScripts()).CommitAsync();

        using var answer = await Server.PushAsync(repository, commit, name);
        answer.IsSuccessStatusCode.ShouldBeTrue();
        var release = await Server.ReleaseInAsync(commit, ReleaseStates.Failed);

        var failure = release.Failure.ShouldNotBeNull();
        failure.Code.ShouldBe(bad.Code, failure.Message);
        failure.Message.ShouldContain(bad.Cause);
        failure.Remedy.ShouldNotBeNullOrWhiteSpace();
        failure.Remedy.ShouldContain(bad.Remedy);
        release.FinishedAt.ShouldNotBeNull();
        await Server.ShouldBeToldByTheCliAsync(release);
        await Server.ShouldHaveLeftNothingAsync();
        DaemonsOf(name).ShouldBeEmpty();
        Server.Outside().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_build_leaves_in_the_background_is_ended_and_the_release_goes_on()
    {
        using var repository = await GitRepository.CreateAsync(name: "forks");
        var commit = await repository
            .WithConventionScripts(setup: Daemon("forks"), build: $"test -d /proc/self\n{Daemon("forks")}")
            .CommitAsync();

        await Server.PushAsync(repository, commit, "forks");
        await Server.ReleaseInAsync(commit, ReleaseStates.Completed);

        DaemonsOf("forks").ShouldBeEmpty();
        await Server.ShouldHaveLeftNothingAsync();
    }

    [Theory]
    [InlineData("no-cibuild")]
    [InlineData("bad-name")]
    public async Task Run_of_a_commit_that_cannot_become_a_package_starts_nothing_and_tells_why(string name)
    {
        var bad = All.Single(it => it.Name == name);
        using var repository = await GitRepository.CreateAsync(name: $"run-{name}");
        var commit = await bad.Arrange(repository.WithConventionScripts()).CommitAsync("by hand");

        var run = await Server.CanaryAsync("run", "--repo", repository.Path);
        var json = await Server.CanaryAsync("run", "--repo", repository.Path, "--json");

        run.ExitCode.ShouldBe(1, run.Text);
        run.Text.ShouldContain(bad.Cause);
        run.Text.ShouldContain(bad.Remedy);
        json.ExitCode.ShouldBe(1, json.Text);
        json.Text.ShouldContain($"\"{bad.Code}\"");
        (await Server.ReleaseAsync(commit)).ShouldBeNull();
        await Server.ShouldHaveLeftNothingAsync();
    }

    [Fact]
    public async Task Run_of_a_repository_whose_build_fails_exits_with_1_and_tells_why()
    {
        const string name = "fails";
        var bad = All.Single(it => it.Name == name);
        using var repository = await GitRepository.CreateAsync(name: $"run-{name}");
        await bad.Arrange(repository.WithConventionScripts()).CommitAsync("by hand");

        var run = await Server.CanaryAsync("run", "--repo", repository.Path);
        var json = await Server.CanaryAsync("run", "--repo", repository.Path, "--json");
        var show = await Server.CanaryAsync("releases", "show", "latest");

        run.ExitCode.ShouldBe(1, run.Text);
        run.Output.ShouldContain($"{bad.Code}: ");
        run.Output.ShouldContain(bad.Cause);
        run.Output.ShouldContain("remedy: ");
        run.Output.ShouldContain(bad.Remedy);
        show.ExitCode.ShouldBe(0, show.Text);
        show.Output.ShouldContain(bad.Cause);
        show.Output.ShouldContain("remedy: ");
        json.ExitCode.ShouldBe(1, json.Text);
        var failure = JsonNode.Parse(json.Output.TrimEnd().Split('\n')[^1])!["failure"]!;
        ((string?)failure["code"]).ShouldBe(bad.Code);
        ((string?)failure["message"]).ShouldNotBeNull().ShouldContain(bad.Cause);
        ((string?)failure["remedy"]).ShouldNotBeNull().ShouldContain(bad.Remedy);
        await Server.ShouldHaveLeftNothingAsync();
    }

    [Fact]
    public async Task Address_that_nothing_answers_at_delays_the_release_which_says_so_and_can_be_stopped()
    {
        using var gone = await GitRepository.CreateAsync(name: "gone");
        var commit = await gone.WithConventionScripts().CommitAsync();
        gone.Dispose();

        await Server.PushAsync(gone, commit, "gone");
        var waiting = await Eventually.NotNullAsync(async () =>
            await Server.ReleaseAsync(commit) is { WaitingFor: not null } it ? it : null
        );
        waiting.State.ShouldBe(ReleaseStates.Admitting);
        waiting.WaitingFor.ShouldNotBeNull().ShouldContain("could not fetch");

        using var stopped = await Server.DecideAsync(waiting, "abort");
        stopped.IsSuccessStatusCode.ShouldBeTrue();
        await Server.ReleaseInAsync(commit, ReleaseStates.Failed);
        await Server.ShouldHaveLeftNothingAsync();
    }

    /// <summary>A process in a session of its own, with another directory and no tie to its parent.</summary>
    private static string Daemon(string name) =>
        $"setsid sh -c 'cd /; exec sleep 86{Seconds(name)}' </dev/null >/dev/null 2>&1 &\nsleep 0.1";

    /// <summary>Tells the daemons of one test from all others of the machine.</summary>
    private static string Seconds(string name) => $"{name.Length}{Environment.ProcessId}";

    private static IEnumerable<string> DaemonsOf(string name) =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(process =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(process, "cmdline")) == $"sleep\086{Seconds(name)}\0";
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            });

    private sealed record Bad(
        string Name,
        string Code,
        string Cause,
        string Remedy,
        Func<GitRepository, GitRepository> Arrange
    );

    public sealed class Fixture : IAsyncLifetime
    {
        internal CanaryServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Server = await CanaryServer.StartAsync(
                "ci-coordinator.builds.time-limit=00:00:03",
                "ci-coordinator.builds.output-limit=50000",
                "ci-coordinator.jobs.retry-delay=00:00:00.1",
                "ci-coordinator.jobs.lease=00:00:05"
            );

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
