using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Microsoft.AspNetCore.Http;

namespace Canary.Packager.Tests.Jobs;

public sealed class PackageJobTests : IAsyncLifetime
{
    private GitRepository _repository = null!;

    private PackagerHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync(name: "shop");
        _repository.WithConventionScripts().WithFile("README.md", "# Shop\n");
        _host = await PackagerHost.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _repository.Dispose();
    }

    [Fact]
    public async Task A_commit_becomes_a_package_that_the_publisher_holds()
    {
        _repository.WithFile("canary.yml", "version: 1.2.3\nrole: fe\nrollout: {soak: 5m, waves: [1, 100%]}\n");
        var commit = await _repository.CommitAsync("Sell things");
        var command = _host.Command(_repository, commit);

        var built = (await _host.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();

        built.ReleaseId.ShouldBe(command.ReleaseId);
        var time = await _repository.GitAsync("log", "-1", "--format=%ct");
        built.Package.Name.ShouldBe("shop");
        built.Package.Version.ShouldBe($"1.2.3-{time}.g{commit[..7]}");
        built.Package.Architecture.ShouldBe("all");
        built.Package.Size.ShouldBe(_host.Uploads[built.Package.Sha256].Length);
        built.Plan.Role.ShouldBe("fe");
        built.Plan.Soak.ShouldBe(TimeSpan.FromMinutes(5));
        built.Plan.Waves.ShouldBe(["1", "100%"]);
    }

    [Fact]
    public async Task The_package_holds_what_the_commit_tracks_and_nothing_else()
    {
        _repository.WithFile(".gitignore", "secret\n").WithLink("run", "script/cibuild");
        var commit = await _repository.CommitAsync();
        _repository.WithFile("secret", "x").WithFile("untracked", "x").WithFile("README.md", "changed");

        var built = (await _host.PackageAsync(_host.Command(_repository, commit))).ShouldBeOfType<PackageBuilt>();

        using var directory = new TempDirectory();
        await File.WriteAllBytesAsync(directory.Combine("shop.deb"), _host.Uploads[built.Package.Sha256]);
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--extract", directory.Combine("shop.deb"), directory.Combine("out")]
        );
        Directory
            .EnumerateFiles(directory.Combine("out/opt/shop"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(directory.Combine("out/opt/shop"), path))
            .ShouldBe([".gitignore", "README.md", "run", "script/cibuild", "script/cisetup"], ignoreOrder: true);
        File.ReadAllText(directory.Combine("out/opt/shop/README.md")).ShouldBe("# Shop\n");
        var control = await ProcessRunner.OutputOfAsync("dpkg-deb", ["--field", directory.Combine("shop.deb")]);
        control.ShouldContain("Maintainer: Ada Author <ada@example.org>");
    }

    [Fact]
    public async Task Two_packagers_give_the_same_bytes()
    {
        var commit = await _repository.CommitAsync();
        await using var other = await PackagerHost.StartAsync("--packager:threads=3");
        using var clone = new TempDirectory();
        await _repository.GitAsync("clone", "--quiet", _repository.Path, clone.Combine("shop"));
        var copy = other.Command(_repository, commit) with
        {
            Source = other.Command(_repository, commit).Source with { CloneUrl = clone.Combine("shop") },
        };

        var first = (await _host.PackageAsync(_host.Command(_repository, commit))).ShouldBeOfType<PackageBuilt>();
        var second = (await other.PackageAsync(copy)).ShouldBeOfType<PackageBuilt>();

        second.Package.ShouldBe(first.Package);
    }

    [Fact]
    public async Task The_packaging_log_tells_what_was_packaged()
    {
        _repository
            .WithFile("fpm.json", """{"version": "2.0", "vendor": "Acme"}""")
            .WithScript("script/post-inst", "exit 0");
        var command = _host.Command(_repository, await _repository.CommitAsync());

        var built = (await _host.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();

        var log = _host.Logs[(command.ReleaseId, "package")];
        log.ShouldContain("Metadata: fpm.json");
        log.ShouldContain("mean nothing here: vendor");
        log.ShouldContain("Maintainer script postinst: script/post-inst");
        log.ShouldContain($"Package: shop {built.Package.Version} (all)");
        log.ShouldContain("Contents: 7 files, 0 symbolic links");
        log.ShouldContain($"SHA-256: {built.Package.Sha256}");
    }

    [Fact]
    public async Task A_repeated_command_reports_again_and_packages_once()
    {
        var command = _host.Command(_repository, await _repository.CommitAsync());
        await _host.PackageAsync(command);
        _host.Uploads.Clear();

        await _host.SendAsync(command);

        await Eventually.TrueAsync(() => _host.Outcomes.CountOf(command.JobId) == 2);
        _host.Uploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bad_metadata_fails_the_release_with_its_cause_and_remedy_on_event_and_log()
    {
        _repository.WithFile("canary.yml", "version: 1.0\nrolout: {}\n");
        var command = _host.Command(_repository, await _repository.CommitAsync());

        var failed = (await _host.PackageAsync(command)).ShouldBeOfType<PackagingFailed>();

        failed.ReleaseId.ShouldBe(command.ReleaseId);
        failed.Failure.Code.ShouldBe("metadata-unknown-key");
        failed.Failure.Message.ShouldContain("canary.yml, line 2");
        failed.Failure.Remedy.ShouldContain("`rollout`");
        var log = _host.Logs[(command.ReleaseId, "package")];
        log.ShouldContain("Failed: " + failed.Failure.Message);
        log.ShouldContain(failed.Failure.Remedy);
    }

    [Fact]
    public async Task A_commit_that_is_not_there_fails_the_release()
    {
        await _repository.CommitAsync();

        var failed = await _host.PackageAsync(_host.Command(_repository, new string('a', 40)));

        failed.ShouldBeOfType<PackagingFailed>().Failure.Code.ShouldBe("commit-missing");
    }

    [Fact]
    public async Task A_publisher_that_fails_for_a_moment_is_tried_again()
    {
        _host.Refusals.Enqueue(Results.StatusCode(503));
        _host.Refusals.Enqueue(Results.StatusCode(500));

        var outcome = await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()));

        outcome.ShouldBeOfType<PackageBuilt>();
        _host.Uploads.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_publisher_that_is_away_for_a_while_is_waited_for()
    {
        const int MoreThanOneRequestIsTried = 8;
        for (var i = 0; i < MoreThanOneRequestIsTried; i++)
        {
            _host.Refusals.Enqueue(Results.StatusCode(503));
        }

        var outcome = await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()));

        outcome.ShouldBeOfType<PackageBuilt>();
        _host.Uploads.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_publisher_that_stays_away_fails_the_release_with_its_last_answer()
    {
        await using var impatient = await PackagerHost.StartAsync("--packager:publisherpatience=00:00:00");
        for (var i = 0; i < 20; i++)
        {
            impatient.Refusals.Enqueue(Results.StatusCode(503));
        }

        var failed = await impatient.PackageAsync(impatient.Command(_repository, await _repository.CommitAsync()));

        var failure = failed.ShouldBeOfType<PackagingFailed>().Failure;
        failure.Code.ShouldBe("publisher-unreachable");
        failure.Message.ShouldContain("it answered 503");
    }

    [Fact]
    public async Task What_the_publisher_says_about_a_refusal_reaches_the_release()
    {
        _host.Refusals.Enqueue(
            Canary.Hosting.Http.Problems.Result(
                507,
                "disk-full",
                "The pool has no space left.",
                "Free space in the pool."
            )
        );
        for (var i = 0; i < 10; i++)
        {
            _host.Refusals.Enqueue(
                Canary.Hosting.Http.Problems.Result(409, "disk-full", "The pool has no space left.", "Free space.")
            );
        }

        var failed = await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()));

        var failure = failed.ShouldBeOfType<PackagingFailed>().Failure;
        failure.Code.ShouldBe("disk-full");
        failure.Message.ShouldContain("The pool has no space left.");
        failure.Remedy.ShouldBe("Free space.");
    }

    [Fact]
    public async Task A_publisher_that_is_not_there_fails_the_release_and_is_named()
    {
        var address = $"http://127.0.0.1:{FreePort.Next()}/";
        await using var alone = await PackagerHost.StartAsync(
            $"--hosting:services:repository-publisher={address}",
            "--packager:publisherpatience=00:00:00"
        );

        var failed = await alone.PackageAsync(alone.Command(_repository, await _repository.CommitAsync()));

        var failure = failed.ShouldBeOfType<PackagingFailed>().Failure;
        failure.Code.ShouldBe("publisher-unreachable");
        failure.Message.ShouldContain(address);
    }

    [Fact]
    public async Task A_log_that_cannot_be_stored_fails_nothing()
    {
        await using var alone = await PackagerHost.StartAsync(
            $"--hosting:services:ingress=http://127.0.0.1:{FreePort.Next()}/"
        );

        var outcome = await alone.PackageAsync(alone.Command(_repository, await _repository.CommitAsync()));

        outcome.ShouldBeOfType<PackageBuilt>();
    }

    [Fact]
    public async Task Workspaces_are_removed_after_success_and_failure()
    {
        await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()));
        _repository.WithLink("leak", "/etc/shadow");
        var failed = await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()));

        failed.ShouldBeOfType<PackagingFailed>().Failure.Code.ShouldBe("link-leaves-tree");
        Directory.GetFileSystemEntries(_host.WorkspacesPath).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_job_reports_nothing_and_leaves_nothing()
    {
        var command = _host.Command(_repository, await _repository.CommitAsync());
        var stalled = _host.Stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _host.SendAsync(command);
        await stalled.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);

        await _host.SendAsync(new CancelPackage { JobId = command.JobId });

        await Eventually.TrueAsync(() => Directory.GetFileSystemEntries(_host.WorkspacesPath).Length == 0);
        // The next job has its turn once the cancelled one is over.
        _host.Stalled = null;
        await _host.PackageAsync(_host.Command(_repository, await _repository.HeadAsync()));
        _host.Outcomes.CountOf(command.JobId).ShouldBe(0);
        Directory.GetFileSystemEntries(_host.WorkspacesPath).ShouldBeEmpty();
    }

    [Fact]
    public async Task Text_that_a_shell_would_run_is_only_text()
    {
        using var witness = new TempDirectory();
        var evil = $"$(touch {witness.Path}/a)`touch {witness.Path}/b`;touch {witness.Path}/c";
        _repository
            .WithFile("canary.yml", $"description: \"{evil}\"\nlicense: \"{evil}\"\n")
            .WithFile("-rf $(id);`id`", "x");
        var command = _host.Command(_repository, await _repository.CommitAsync(evil));

        var built = (await _host.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();

        built.Plan.ShouldBe(new DeploymentPlan());
        Directory.GetFileSystemEntries(witness.Path).ShouldBeEmpty();
    }
}
