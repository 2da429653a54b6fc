using Canary.CiCoordinator.Builds;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Processes.Sandboxes;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>What the builds of one application get, and nobody else's.</summary>
public sealed class BuildSecretTests : IAsyncLifetime
{
    private const string Tell =
        "if [ -n \"$CANARY_SECRETS\" ]; then ls -A \"$CANARY_SECRETS\"; wc -c < \"$CANARY_SECRETS/NPM_TOKEN\"; else echo no secrets; fi";

    private readonly WatchedSecret _secret = new();
    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync()
    {
        _place = await BuildPlace.MakeAsync();
        _place.Options.Applications = [_secret.For("shop", "acme/shop")];
    }

    public async ValueTask DisposeAsync()
    {
        await _place.DisposeAsync();
        _secret.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_scripts_of_a_build_that_deploys_find_the_secret_in_a_file_of_their_own(bool unsafely)
    {
        _place.Options.UnsafeScriptsOnThisMachine = unsafely;
        _place.Repository.WithConventionScripts(
            setup: Tell,
            build: Tell + "; stat -c %a \"$CANARY_SECRETS/NPM_TOKEN\" \"$CANARY_SECRETS\""
        );

        var (outcome, log) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldStartWith("==> With the secrets NPM_TOKEN\n");
        var found = $"\nNPM_TOKEN\n{_secret.Text.Length + 1}\n";
        log.Split(found).Length.ShouldBe(3, log);
        log.ShouldContain(unsafely ? "\n600\n755\n" : "\n400\n500\n");
        await _place.NothingIsLeftAsync();
        WatchedSecret.FilesWith(_secret.Text, _place.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_script_cannot_change_its_secrets()
    {
        _place.Repository.WithConventionScripts(
            setup: "cd $CANARY_SECRETS; chmod 600 NPM_TOKEN || echo kept; rm -f NPM_TOKEN || echo kept; touch other || echo kept",
            build: Tell
        );

        var (_, log) = await _place.BuildAsync();

        log.Split("kept\n").Length.ShouldBe(4, log);
        log.ShouldContain($"\nNPM_TOKEN\n{_secret.Text.Length + 1}\n");
    }

    [Fact]
    public async Task A_build_that_does_not_deploy_gets_none_and_its_log_says_so()
    {
        _place.Repository.WithConventionScripts(build: Tell);
        var command = _place.Command(await _place.Repository.CommitAsync(), "feature") with { Deploys = false };

        var (_, log) = await _place.BuildAsync(command);

        log.ShouldContain("\nno secrets\n");
        log.ShouldStartWith("==> Without the secrets of the application: ");
    }

    [Theory]
    [InlineData("web", "acme/shop")]
    [InlineData("shop", "other/shop")]
    public async Task Another_application_or_repository_gets_none(string application, string repository)
    {
        _place.Repository.WithConventionScripts(build: Tell);
        var command = _place.Command(await _place.Repository.CommitAsync(), "main");
        command = command with { Application = application, Source = command.Source with { Repository = repository } };

        var (_, log) = await _place.BuildAsync(command);

        log.ShouldContain("\nno secrets\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_secret_that_is_printed_is_masked_in_the_log_and_in_the_failure(bool unsafely)
    {
        _place.Options.UnsafeScriptsOnThisMachine = unsafely;
        _place.Repository.WithConventionScripts(
            build: "token=$(cat $CANARY_SECRETS/NPM_TOKEN); echo \"begin $token end\"; base64 $CANARY_SECRETS/NPM_TOKEN; "
                + "printf %.10s \"$token\"; sleep 0.2; printf %s \"${token#??????????}\"; echo; exit 3"
        );

        var (outcome, log) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        foreach (var shown in new[] { log, failure.Message })
        {
            shown.ShouldContain("begin *** end\n***");
            shown.ShouldNotContain(_secret.Text[..9]);
            shown.ShouldNotContain(_secret.Text[^9..]);
            shown.ShouldNotContain(_secret.InBase64[..12]);
        }
    }

    [Fact]
    public async Task While_a_build_runs_nobody_sees_its_secret_and_no_disk_holds_it()
    {
        _place.Repository.WithConventionScripts(
            build: "cat $CANARY_SECRETS/NPM_TOKEN > /dev/null; echo started; sleep 1000"
        );
        var command = _place.Command(await _place.Repository.CommitAsync(), "main");
        using var stop = new CancellationTokenSource();
        var running = _place.Job().RunAsync(command, stop.Token);
        await Eventually.TrueAsync(() => _place.ReadLog(command.ReleaseId).Contains("started\n"));

        _secret.SeenOf().ShouldBeEmpty();
        WatchedSecret.FilesWith(_secret.Text, _place.Data).ShouldBeEmpty();

        await stop.CancelAsync();
        await running.ShouldThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("short", "has no line of at least 8 characters")]
    [InlineData("", "has no line of at least 8 characters")]
    public async Task A_secret_that_cannot_be_given_fails_the_build_and_is_named_beforehand(
        string? content,
        string problem
    )
    {
        File.Delete(_secret.Path);
        if (content is not null)
        {
            await File.WriteAllTextAsync(_secret.Path, content);
        }
        _place.Repository.WithConventionScripts(build: "echo built");

        var (outcome, log) = await _place.BuildAsync();
        var check = await CheckAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("build-secret-unusable");
        failure.Message.ShouldContain($"{_secret.Path} {problem}");
        log.ShouldContain("==> Failed (build-secret-unusable)");
        log.ShouldNotContain("built");
        check.Status.ShouldBe(HealthStatus.Unhealthy);
        check.Description.ShouldBe(failure.Message);
        check.Data[CheckFailure.Remedy].ShouldBe(failure.Remedy);
    }

    [Fact]
    public async Task A_secret_that_is_too_large_is_not_read_to_its_end()
    {
        await File.WriteAllBytesAsync(_secret.Path, new byte[(64 << 10) + 1]);

        (await CheckAsync()).Description!.ShouldContain("is larger than 64 KiB");
    }

    [Fact]
    public async Task Secrets_that_can_be_given_are_healthy() =>
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);

    [Fact]
    public async Task What_an_application_may_do_differs_where_it_says_so()
    {
        _place.Options.Sandbox.Processes = 40;
        _place.Options.Applications[0].Sandbox.Network = SandboxNetwork.None;
        _place.Options.Applications[0].Sandbox.OpenFiles = 64;
        _place.Repository.WithConventionScripts(
            build: "cat /proc/net/dev; ulimit -n; ulimit -u 2>/dev/null || ulimit -p"
        );

        var (_, log) = await _place.BuildAsync();

        log.ShouldNotContain("tap0");
        log.ShouldContain("\n64\n40\n");
    }

    private Task<HealthCheckResult> CheckAsync() =>
        new BuildSecretsCheck(Options.Create(_place.Options)).CheckHealthAsync(new HealthCheckContext());
}
