using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Caches;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Tests.Builds;

public sealed class BuildCacheTests : IAsyncLifetime
{
    private const string KeepsHats =
        "cat \"$CANARY_CACHE/hats\" 2>/dev/null || true; echo hats >> \"$CANARY_CACHE/hats\"";

    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync() => _place = await BuildPlace.MakeAsync();

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_build_finds_what_the_last_one_left(bool unsafely)
    {
        _place.Options.UnsafeScriptsOnThisMachine = unsafely;

        var first = await BuildAsync(KeepsHats);
        var second = await BuildAsync("ls -A \"$CANARY_CACHE\" | sed s/^/found-/; " + KeepsHats);

        first.ShouldContain("==> The cache is kept for the next build, ");
        first.ShouldNotContain("earlier build");
        second.ShouldContain("==> With the cache of an earlier build, ");
        second.ShouldContain("\nfound-hats\nhats\n");
        (await BuildAsync(KeepsHats)).ShouldContain("\nhats\nhats\n");
    }

    [Fact]
    public async Task A_cache_without_anything_is_no_cache()
    {
        await BuildAsync("test -d \"$CANARY_CACHE\" && test \"$CANARY_CACHE\" = /cache");

        Kept().ShouldBeEmpty();
        await BuildAsync(KeepsHats);
        Kept().ShouldHaveSingleItem().ShouldStartWith("shop-");
        await BuildAsync("rm \"$CANARY_CACHE/hats\"");
        Kept().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_build_that_fails_keeps_nothing()
    {
        await BuildAsync(KeepsHats);

        var log = await BuildAsync(KeepsHats + "; exit 3", passes: false);

        log.ShouldNotContain("kept for the next build");
        (await BuildAsync(KeepsHats)).ShouldNotContain("\nhats\nhats\n");
    }

    /// <summary>Whoever may push there decides what it does, and must not decide what is released next.</summary>
    [Fact]
    public async Task Another_branch_finds_the_cache_and_changes_nothing_of_it()
    {
        await BuildAsync(KeepsHats);

        var branch = await BuildAsync(KeepsHats + "; echo poison > \"$CANARY_CACHE/poison\"", deploys: false);

        branch.ShouldContain("==> With the cache of an earlier build");
        branch.ShouldContain("\nhats\n");
        branch.ShouldNotContain("kept for the next build");
        var next = await BuildAsync("ls -A \"$CANARY_CACHE\" | sed s/^/found-/; " + KeepsHats);
        next.ShouldNotContain("found-poison");
        next.ShouldNotContain("\nhats\nhats\n");
    }

    [Fact]
    public async Task Applications_and_repositories_have_caches_of_their_own()
    {
        await BuildAsync(KeepsHats);

        (await BuildAsync(KeepsHats, command => command with { Application = "blog" })).ShouldNotContain("\nhats\n");
        (
            await BuildAsync(
                KeepsHats,
                command => command with { Source = command.Source with { Repository = "evil/shop" } }
            )
        ).ShouldNotContain("\nhats\n");

        Kept().Count.ShouldBe(3);
    }

    [Fact]
    public async Task One_that_has_become_too_big_begins_anew()
    {
        _place.Options.Cache.Limit = 1 << 20;
        await BuildAsync(KeepsHats);

        var log = await BuildAsync("head -c 2000000 /dev/zero > \"$CANARY_CACHE/zeros\"");

        log.ShouldMatch(@"==> The cache is not kept: it takes 20\d{5} bytes, and may take 1048576");
        Kept().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_application_may_have_a_limit_of_its_own()
    {
        _place.Options.Cache.Limit = 0;
        var entry = new ApplicationBuildOptions { Name = "shop", CacheLimit = 1 << 20 };

        await BuildAsync(KeepsHats);
        Kept().ShouldBeEmpty();

        _place.Options.Applications.Add(entry);
        await BuildAsync(KeepsHats);
        Kept().ShouldHaveSingleItem();
    }

    /// <summary>cp goes by whole paths, which have an end.</summary>
    [Fact]
    public async Task What_cannot_be_copied_is_given_up_and_the_build_goes_on()
    {
        await BuildAsync(
            "cd \"$CANARY_CACHE\"; name=$(printf %0202d 0); for i in $(seq 20); do mkdir $name; cd $name; done; echo deep > hats"
        );
        Kept().ShouldHaveSingleItem();

        var log = await BuildAsync(KeepsHats);

        log.ShouldContain("==> The cache begins anew, empty: what was kept cannot be copied: File name too long\n");
        (await BuildAsync(KeepsHats)).ShouldContain("\nhats\n");
    }

    [Fact]
    public async Task Links_and_rights_of_a_cache_lead_nowhere()
    {
        var outside = Path.Combine(_place.Data, "outside");
        await File.WriteAllTextAsync(outside, "secret");
        await BuildAsync(
            $"""
            ln -s '{outside}' "$CANARY_CACHE/link"; ln -s / "$CANARY_CACHE/top"; mkfifo "$CANARY_CACHE/pipe"
            mkdir -m 0 "$CANARY_CACHE/closed"; touch "$CANARY_CACHE/-rf" "$CANARY_CACHE/a
            b"; chmod 4755 "$CANARY_CACHE/-rf"
            """
        );

        var log = await BuildAsync("cat \"$CANARY_CACHE/link\" \"$CANARY_CACHE/top/etc/hostname\" || true");

        log.ShouldNotContain("secret");
        log.ShouldContain("\nbuild\n");
        (await File.ReadAllTextAsync(outside)).ShouldBe("secret");
    }

    [Fact]
    public async Task A_name_that_looks_like_a_draft_is_a_name()
    {
        await BuildAsync(KeepsHats, command => command with { Application = "shop.new.old" });
        Directory.SetLastWriteTimeUtc(
            Path.Combine(Store, Kept().ShouldHaveSingleItem()),
            TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2)
        );

        await BuildAsync(KeepsHats);

        Kept().Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_may_not_be_read_is_kept_all_the_same()
    {
        await BuildAsync(KeepsHats + "; chmod 0 \"$CANARY_CACHE/hats\"; chmod 555 \"$CANARY_CACHE\"");

        (await BuildAsync(KeepsHats)).ShouldContain("\nhats\n");
    }

    [Fact]
    public async Task What_no_build_uses_is_forgotten()
    {
        await BuildAsync(KeepsHats, command => command with { Application = "blog" });
        Directory.SetLastWriteTimeUtc(
            Path.Combine(Store, Kept().ShouldHaveSingleItem()),
            TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-32)
        );

        await BuildAsync(KeepsHats);

        Kept().ShouldHaveSingleItem().ShouldStartWith("shop-");
    }

    [Theory]
    [InlineData("7", 7, null)]
    [InlineData("problem cp: no space\n", 0, "cp: no space")]
    [InlineData("find: oops\nproblem it is gone", 0, "it is gone")]
    [InlineData("flock: bad", 0, "flock: bad")]
    [InlineData("", 0, "canary-cache does not say why")]
    public void What_a_program_says_of_a_cache_is_understood(string said, long bytes, string? problem) =>
        CacheOutcome.Read(said).ShouldBe(new CacheOutcome(bytes, problem));

    private string Store => Path.Combine(_place.Data, "ci-coordinator", "caches");

    private IReadOnlyList<string> Kept() =>
        Directory.Exists(Store)
            ?
            [
                .. Directory
                    .EnumerateFileSystemEntries(Store)
                    .Select(it => Path.GetFileName(it))
                    .Where(it => !it.StartsWith('.')),
            ]
            : [];

    private Task<string> BuildAsync(string script, bool passes = true, bool deploys = true) =>
        BuildAsync(script, command => command with { Deploys = deploys }, passes);

    private async Task<string> BuildAsync(string script, Func<StartBuild, StartBuild> change, bool passes = true)
    {
        _place.Repository.WithConventionScripts(build: script);
        var command = change(_place.Command(await _place.Repository.CommitAsync(), "main"));
        var (outcome, log) = await _place.BuildAsync(command);
        (outcome is BuildSucceeded).ShouldBe(passes, log);
        return log;
    }
}
