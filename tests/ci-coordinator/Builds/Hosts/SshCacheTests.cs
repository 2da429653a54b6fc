using Canary.Contracts.Building;
using Canary.Files;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Caches of builds on build hosts that keep builds apart.</summary>
public class SshCacheTests : BuildHostTests
{
    private const string KeepsHats = "cat $CANARY_CACHE/hats 2>/dev/null || true; echo hats >> $CANARY_CACHE/hats";

    [Fact]
    public async Task The_next_build_there_finds_what_the_last_one_left()
    {
        Repository.WithConventionScripts(build: KeepsHats);

        var (_, first) = await Fixture.BuildAsync();
        var (outcome, second) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(second);
        first.ShouldContain("==> The cache is kept for the next build, ");
        second.ShouldContain("==> With the cache of an earlier build, ");
        second.ShouldContain("\nhats\n");
        File.GetUnixFileMode(Path.Combine(Machine.Builds, "caches")).ShouldBe(FileModes.PrivateDirectory);
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Another_branch_and_another_application_change_nothing_of_it()
    {
        Repository.WithConventionScripts(build: KeepsHats);
        await Fixture.BuildAsync();
        Repository.WithConventionScripts(build: KeepsHats + "; echo poison >> $CANARY_CACHE/hats");
        var command = Fixture.Command(await Repository.CommitAsync());

        await Fixture.RunAsync(command with { Deploys = false });
        var other = command with { Application = "blog", JobId = Guid.NewGuid(), ReleaseId = Guid.NewGuid() };
        await Fixture.RunAsync(other);

        Fixture.ReadLog(command.ReleaseId).ShouldContain("\nhats\n");
        Fixture.ReadLog(other.ReleaseId).ShouldNotContain("\nhats\n");
        Repository.WithConventionScripts(build: KeepsHats);
        var (_, log) = await Fixture.BuildAsync();
        log.ShouldContain("\nhats\n");
        log.ShouldNotContain("poison");
    }

    [Fact]
    public async Task One_that_has_become_too_big_begins_anew()
    {
        Fixture.Options.Cache.Limit = 1 << 20;
        Repository.WithConventionScripts(build: "head -c 2000000 /dev/zero > $CANARY_CACHE/zeros");

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldMatch(@"==> The cache is not kept: it takes 20\d{5} bytes, and may take 1048576");
    }
}

/// <summary>Caches of builds on build hosts that do without.</summary>
public sealed class SshCachesWithoutSandboxTests : SshCacheTests
{
    protected override bool Sandboxed => false;
}
