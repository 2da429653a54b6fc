using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Secrets of builds on build hosts that keep builds apart.</summary>
public class SshSecretTests : BuildHostTests
{
    [Fact]
    public async Task Both_scripts_find_the_secret_there_and_it_is_masked()
    {
        using var secret = new WatchedSecret();
        Fixture.Options.Applications = [secret.For("shop", "acme/shop")];
        const string tell =
            "ls -A $CANARY_SECRETS; stat -c %a $CANARY_SECRETS/NPM_TOKEN; cat $CANARY_SECRETS/NPM_TOKEN; cat; echo read";
        Repository.WithConventionScripts(setup: tell, build: tell);

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.Split("NPM_TOKEN\n400\n***\nread\n").Length.ShouldBe(3, log);
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task While_a_build_runs_nobody_sees_its_secret_and_no_disk_holds_it()
    {
        using var secret = new WatchedSecret();
        Fixture.Options.Applications = [secret.For("shop", "acme/shop")];
        Repository.WithConventionScripts(build: "cat $CANARY_SECRETS/NPM_TOKEN > /dev/null; echo started; sleep 1000");
        var command = Fixture.Command(await Repository.CommitAsync());
        using var stop = new CancellationTokenSource();
        var running = Fixture.RunAsync(command, stop.Token);
        await Eventually.TrueAsync(() => Fixture.ReadLog(command.ReleaseId).Contains("started\n"));

        secret.SeenOf().ShouldBeEmpty();
        var files = WatchedSecret.FilesWith(secret.Text, Machine.Builds);
        if (Sandboxed)
        {
            files.ShouldBeEmpty();
        }
        else
        {
            File.GetUnixFileMode(files.ShouldHaveSingleItem()).ShouldBe(UnixFileMode.UserRead);
        }

        await stop.CancelAsync();
        await running.ShouldThrowAsync<OperationCanceledException>();
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_build_host_with_a_program_of_an_earlier_version_is_told_no_secret()
    {
        using var secret = new WatchedSecret();
        Fixture.Options.Applications = [secret.For("shop", "acme/shop")];
        Fixture.Options.Hosts.Patience = TimeSpan.Zero;
        var said = Machine.PathOf("said");
        Machine.Answer(
            Fixture.PublicKey,
            $"sh -c 'head -c 3 > {said}; echo >> {said}; echo canary-build: update canary-build >&2; exit 64'"
        );
        Repository.WithConventionScripts();

        var (outcome, _) = await Fixture.BuildAsync();

        FailureOf(outcome).Message.ShouldContain("update canary-build");
        (await File.ReadAllTextAsync(said)).ShouldBe("v3\0\n");
    }
}

/// <summary>Secrets of builds on build hosts that do without.</summary>
public sealed class SshSecretsWithoutSandboxTests : SshSecretTests
{
    protected override bool Sandboxed => false;
}
