using System.Net;
using Canary.CiCoordinator.Builds.PullRequests;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Tests.Builds.Outputs;

/// <summary>What real scripts make for a package.</summary>
public sealed class BuildOutputTests : IAsyncLifetime
{
    private const string Include = "package:\n  include: [\"dist/**\", \"node_modules/**\"]\n";

    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync() => _place = await BuildPlace.MakeAsync();

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task What_the_patterns_take_is_handed_over_sorted_with_execute_bits_and_links()
    {
        _place.Repository.WithFile("canary.yml", Include).WithFile(".gitignore", "node_modules/\n");
        _place.Repository.WithConventionScripts(
            setup: "mkdir -p node_modules/.bin node_modules/left && echo left > node_modules/left/index.js && "
                + "printf '#!/bin/sh\n' > node_modules/left/cli && chmod 700 node_modules/left/cli && ln -s ../left/cli node_modules/.bin/left",
            build: "mkdir dist; echo app > dist/app.js; echo other > build.log; ln -s dist/app.js outside"
        );

        var (outcome, log) = await _place.BuildAsync();

        var output = outcome.ShouldBeOfType<BuildSucceeded>().Output.ShouldNotBeNull();
        _place
            .Outputs.Read(output)
            .ShouldBe([
                "f dist/app.js app",
                "l node_modules/.bin/left ../left/cli",
                "x node_modules/left/cli #!/bin/sh",
                "f node_modules/left/index.js left",
            ]);
        output.Files.ShouldBe(4);
        output.ContentSize.ShouldBe("app\nleft\n#!/bin/sh\n".Length);
        log.ShouldContain(
            $"==> 4 files for the package, {output.ContentSize} bytes ({output.Size} packed), SHA-256 {output.Sha256}"
        );
    }

    [Fact]
    public async Task The_same_output_has_the_same_bytes()
    {
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(
            build: "mkdir -p dist/a; for i in 3 1 2; do echo $i > dist/a/$i; done; sleep 0.01"
        );
        var commit = await _place.Repository.CommitAsync();

        var (first, _) = await _place.BuildAsync(commit);
        var (second, _) = await _place.BuildAsync(commit);

        OutputOf(second).ShouldBe(OutputOf(first));
        _place.Outputs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_the_commit_has_already_was_not_built_unless_it_differs()
    {
        _place
            .Repository.WithFile("canary.yml", Include)
            .WithFile("dist/same", "same")
            .WithFile("dist/rewritten", "old!")
            .WithFile("dist/larger", "old");
        _place.Repository.WithConventionScripts(
            build: "printf same > dist/same; printf new! > dist/rewritten; printf larger > dist/larger; printf new > dist/new"
        );

        var (outcome, _) = await _place.BuildAsync();

        _place
            .Outputs.Read(OutputOf(outcome))
            .ShouldBe(["f dist/larger larger", "f dist/new new", "f dist/rewritten new!"]);
    }

    [Fact]
    public async Task Nothing_is_collected_without_patterns_but_what_is_left_is_counted()
    {
        _place.Repository.WithConventionScripts(
            build: "mkdir -p node_modules/a web/dist .cache && touch node_modules/a/1 node_modules/2 web/dist/3 .cache/4 5"
        );
        _place.Repository.WithFile("web/page", "");

        var (outcome, _) = await _place.BuildAsync();

        var passed = outcome.ShouldBeOfType<BuildSucceeded>();
        passed.Output.ShouldBeNull();
        passed.Left!.Files.ShouldBe(4);
        passed
            .Left.Directories.Select(directory => (directory.Path, directory.Files))
            .ShouldBe([("node_modules", 2), ("web/dist", 1)]);
        _place.Outputs.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_build_that_is_not_deployed_hands_over_nothing()
    {
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(build: "mkdir dist; touch dist/a");
        var commit = await _place.Repository.CommitAsync();

        var (other, _) = await _place.BuildAsync(_place.Command(commit, "main") with { Deploys = false });

        other.ShouldBeOfType<BuildSucceeded>().Output.ShouldBeNull();
        _place.Outputs.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_metadata_file_that_cannot_be_read_is_left_to_the_packager()
    {
        _place.Repository.WithFile("canary.yml", "package:\n  include: [\"../x\"]\n");
        _place.Repository.WithConventionScripts(build: "mkdir dist; touch dist/a");

        var (outcome, _) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>().Output.ShouldBeNull();
    }

    [Theory]
    [InlineData("true", "build-output-empty", "dist/**, node_modules/**")]
    [InlineData("mkfifo dist/pipe", "build-output-unsupported", "dist/pipe")]
    [InlineData(
        "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('dist/s')\"",
        "build-output-unsupported",
        "dist/s"
    )]
    [InlineData(
        "touch \"$(printf 'dist/a\\nb')\"",
        "build-output-unsupported",
        @"dist/a\x0ab, which the build made and package.include takes, has a name that has a line break"
    )]
    [InlineData("touch \"$(printf 'dist/\\377')\"", "build-output-unsupported", "is not UTF-8")]
    [InlineData("truncate -s 1T dist/sparse", "build-output-too-large", "dist/sparse")]
    [InlineData("touch $(seq -f 'dist/%.0f' 1 60)", "build-output-too-large", "more than the 50 files")]
    [InlineData(
        "mkdir dist/closed; touch dist/closed/a; chmod 0 dist/closed",
        "build-output-unreadable",
        "dist/closed"
    )]
    [InlineData("d=dist; for i in $(seq 1 260); do d=$d/d; done; mkdir -p $d", "build-output-unreadable", "too deep")]
    public async Task What_no_package_can_hold_is_refused(string script, string code, string named)
    {
        if (code == "build-output-unreadable" && named == "dist/closed" && Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Root may read everything.");
        }

        _place.Options.Output.Files = 50;
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(build: $"mkdir dist\n{script}");

        var (outcome, _) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe(code);
        failure.Message.ShouldContain(named);
        _place.Outputs.Count.ShouldBe(0);
        await _place.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("for i in 1 2; do echo $i > dist/new$i; done", null)]
    [InlineData("for i in 1 2 3; do echo $i > dist/new$i; done", "build-output-too-large")]
    [InlineData("for i in 1 2; do echo $i > dist/new$i; done; echo X > dist/c", "build-output-too-large")]
    public async Task Files_of_the_commit_do_not_count_unless_they_were_changed(string script, string? code)
    {
        _place.Options.Output.Files = 2;
        _place.Repository.WithFile("canary.yml", Include);
        foreach (var name in new[] { "a", "b", "c", "z" })
        {
            _place.Repository.WithFile($"dist/{name}", $"{name}\n");
        }

        _place.Repository.WithConventionScripts(build: script);

        var (outcome, _) = await _place.BuildAsync();

        if (code is null)
        {
            _place.Outputs.Read(OutputOf(outcome)).Count.ShouldBe(2);
        }
        else
        {
            BuildPlace.FailureOf(outcome).Code.ShouldBe(code);
        }
    }

    [Fact]
    public async Task Hard_links_among_what_was_built_are_files()
    {
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(
            build: "mkdir dist deps; echo app > deps/app-1; ln deps/app-1 dist/app"
        );

        var (outcome, _) = await _place.BuildAsync();

        _place.Outputs.Read(OutputOf(outcome)).ShouldBe(["f dist/app app"]);
    }

    [Fact]
    public async Task A_hard_link_to_something_else_is_refused()
    {
        _place.Options.UnsafeScriptsOnThisMachine = true;
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(
            build: "mkdir dist; echo secret > $HOME/secret; ln $HOME/secret dist/secret"
        );

        var (outcome, _) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("build-output-unsupported");
        failure.Message.ShouldContain("dist/secret, which the build made and package.include takes, is a hard link");
    }

    [Fact]
    public async Task A_directory_that_became_a_link_leads_nowhere()
    {
        _place.Repository.WithFile("canary.yml", "package: { include: [dist] }\n").WithFile("dist/page", "page");
        _place.Repository.WithConventionScripts(build: "rm -r dist; ln -s /etc dist");

        var (outcome, _) = await _place.BuildAsync();

        // The packager refuses the link; nothing behind it was read.
        _place.Outputs.Read(OutputOf(outcome)).ShouldBe(["l dist /etc"]);
    }

    [Fact]
    public async Task A_publisher_that_is_away_is_waited_for()
    {
        _place.Outputs.Refusals.Enqueue(HttpStatusCode.ServiceUnavailable);
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(build: "mkdir dist; touch dist/a");

        var (outcome, _) = await _place.BuildAsync();

        _place.Outputs.Read(OutputOf(outcome)).ShouldBe(["f dist/a"]);
    }

    [Fact]
    public async Task A_publisher_that_stays_away_fails_the_build()
    {
        _place.Options.Output.PublisherPatience = TimeSpan.Zero;
        _place.Outputs.Refusals.Enqueue(HttpStatusCode.ServiceUnavailable);
        _place.Repository.WithFile("canary.yml", Include);
        _place.Repository.WithConventionScripts(build: "mkdir dist; touch dist/a");

        var (outcome, _) = await _place.BuildAsync();

        BuildPlace.FailureOf(outcome).Code.ShouldBe("publisher-unreachable");
        await _place.NothingIsLeftAsync();
    }

    private static BuildOutput OutputOf(object outcome) =>
        outcome.ShouldBeOfType<BuildSucceeded>().Output.ShouldNotBeNull();
}
