using Canary.Contracts.Building;
using Canary.Contracts.Packaging;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Microsoft.AspNetCore.Http;

namespace Canary.Packager.Tests.Output;

/// <summary>Packages of a commit and of what its build made.</summary>
public sealed class PackageOutputTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    private GitRepository _repository = null!;

    private PackagerHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync(name: "shop");
        _repository
            .WithConventionScripts()
            .WithFile("README.md", "# Shop\n")
            .WithFile("canary.yml", "package:\n  include: [\"dist/**\", \"node_modules/**\", README.md]\n");
        _host = await PackagerHost.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _repository.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Output_stands_beside_the_files_of_the_commit_and_wins_over_them()
    {
        _repository.WithFile("dist/old/a", "old").WithLink("node_modules", "elsewhere");
        var archive = new BuiltArchive()
            .WithFile("README.md", "# Built\n")
            .WithFile("dist/old", "a file now")
            .WithLink("node_modules/.bin/left", "../left/cli")
            .WithFile("node_modules/left/cli", "#!/bin/sh\n", executable: true);

        var (built, command) = await PackageAsync(archive);

        var root = await ExtractAsync(built);
        File.ReadAllText(Path.Combine(root, "README.md")).ShouldBe("# Built\n");
        File.ReadAllText(Path.Combine(root, "dist/old")).ShouldBe("a file now");
        File.Exists(Path.Combine(root, "script/cibuild")).ShouldBeTrue();
        File.ReadAllText(Path.Combine(root, "node_modules/.bin/left")).ShouldBe("#!/bin/sh\n");
        File.GetUnixFileMode(Path.Combine(root, "node_modules/left/cli")).ShouldBe((UnixFileMode)0b111_101_101);
        var log = _host.Logs[(command.ReleaseId, "package")];
        log.ShouldContain(
            $"Build output: 4 files, {command.Output!.ContentSize} bytes, SHA-256 {command.Output.Sha256}"
        );
        log.ShouldContain("3 regular files of it are in the package");
    }

    [Fact]
    public async Task The_package_brings_a_list_that_sha256sum_checks()
    {
        var archive = new BuiltArchive().WithFile(@"dist/back\slash", "1").WithFile("dist/app", "2");

        var (built, _) = await PackageAsync(archive);

        var root = await ExtractAsync(built);
        var checkedFiles = await ProcessRunner.OutputOfAsync(
            "sha256sum",
            ["--check", "usr/share/doc/shop/build-output.sha256"],
            workingDirectory: Path.GetFullPath(Path.Combine(root, "../.."))
        );
        checkedFiles.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Output_alone_is_shipped_where_the_commit_says_so()
    {
        _repository
            .WithFile("canary.yml", "package: { include: [\"dist/**\", README.md], only: true }\n")
            .WithScript("script/post-inst", "exit 0");

        var (built, _) = await PackageAsync(new BuiltArchive().WithFile("dist/app", "1"));

        var root = await ExtractAsync(built);
        Directory
            .EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Order()
            .ShouldBe(["README.md", "dist/app"]);
        (await ProcessRunner.OutputOfAsync("dpkg-deb", ["--info", _directory.Combine("shop.deb")])).ShouldContain(
            "postinst"
        );
    }

    [Fact]
    public async Task The_same_commit_and_output_give_the_same_bytes()
    {
        var archive = new BuiltArchive().WithFile("dist/app", "1").WithLink("dist/link", "app");
        await using var other = await PackagerHost.StartAsync("--packager:threads=3");
        var (bytes, output) = archive.Make();
        other.Built[output.Sha256] = bytes;
        var (first, command) = await PackageAsync(archive);

        var second = await other.PackageAsync(command with { JobId = Guid.NewGuid() });

        second.ShouldBeOfType<PackageBuilt>().Package.ShouldBe(first.Package);
    }

    [Fact]
    public async Task A_publisher_that_is_away_is_waited_for()
    {
        _host.Refusals.Enqueue(Results.StatusCode(503));

        await PackageAsync(new BuiltArchive().WithFile("dist/app", "1"));
    }

    [Fact]
    public async Task A_publisher_that_goes_away_while_it_answers_is_asked_again()
    {
        _host.Refusals.Enqueue(new BrokenAnswer());

        await PackageAsync(new BuiltArchive().WithFile("dist/app", "1"));

        _host.Refusals.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_publisher_that_stops_in_the_middle_of_an_answer_is_asked_again()
    {
        await using var host = await PackagerHost.StartAsync("--packager:uploadtimeout=00:00:01");
        host.Refusals.Enqueue(new BrokenAnswer(stalls: true));
        var (bytes, output) = new BuiltArchive().WithFile("dist/app", "1").Make();
        host.Built[output.Sha256] = bytes;
        var command = host.Command(_repository, await _repository.CommitAsync()) with { Output = output };

        (await host.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();
    }

    [Fact]
    public async Task Other_bytes_than_the_reference_says_are_not_unpacked()
    {
        var (_, command) = await CommandAsync(new BuiltArchive().WithFile("dist/app", "1"));
        _host.Built[command.Output!.Sha256] = new BuiltArchive().WithFile("dist/app", "2").Make().Bytes;

        (await FailureOfAsync(command)).ShouldBe("build-output-damaged");
        _host.Uploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Output_that_is_gone_fails_with_the_publishers_reason()
    {
        var (_, command) = await CommandAsync(new BuiltArchive().WithFile("dist/app", "1"));
        _host.Built.Clear();

        (await FailureOfAsync(command)).ShouldBe("build-output-gone");
    }

    [Fact]
    public async Task A_build_that_hands_over_nothing_is_told_what_to_do()
    {
        var (_, command) = await CommandAsync(new BuiltArchive().WithFile("dist/app", "1"));

        var failed = (await _host.PackageAsync(command with { Output = null })).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("build-output-missing");
        failed.Failure.Remedy.ShouldContain("ci-coordinator.builds.provider");
    }

    [Fact]
    public async Task A_built_link_that_leaves_the_tree_is_refused()
    {
        var (_, command) = await CommandAsync(new BuiltArchive().WithLink("dist/shadow", "/etc/shadow"));

        (await FailureOfAsync(command)).ShouldBe("link-leaves-tree");
    }

    [Fact]
    public async Task Scripts_and_metadata_are_those_of_the_commit()
    {
        _repository
            .WithFile("canary.yml", "package: { include: [canary.yml, \"script/**\"] }\n")
            .WithScript("script/post-inst", "echo commit");

        var (built, _) = await PackageAsync(
            new BuiltArchive()
                .WithFile("canary.yml", "name: other\n")
                .WithFile("script/post-inst", "echo build", executable: true)
        );

        built.Package.Name.ShouldBe("shop");
        await ExtractAsync(built);
        (
            await ProcessRunner.OutputOfAsync("dpkg-deb", ["--info", _directory.Combine("shop.deb"), "postinst"])
        ).ShouldContain("echo commit");
    }

    private async Task<(PackageBuilt Built, BuildPackage Command)> PackageAsync(BuiltArchive archive)
    {
        var (_, command) = await CommandAsync(archive);
        var outcome = await _host.PackageAsync(command);
        return (outcome.ShouldBeOfType<PackageBuilt>((outcome as PackagingFailed)?.Failure.Message), command);
    }

    private async Task<(BuildOutput Output, BuildPackage Command)> CommandAsync(BuiltArchive archive)
    {
        var (bytes, output) = archive.Make();
        _host.Built[output.Sha256] = bytes;
        return (output, _host.Command(_repository, await _repository.CommitAsync()) with { Output = output });
    }

    private async Task<string> FailureOfAsync(BuildPackage command) =>
        (await _host.PackageAsync(command)).ShouldBeOfType<PackagingFailed>().Failure.Code;

    private async Task<string> ExtractAsync(PackageBuilt built)
    {
        await File.WriteAllBytesAsync(_directory.Combine("shop.deb"), _host.Uploads[built.Package.Sha256]);
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--extract", _directory.Combine("shop.deb"), _directory.Combine("out")]
        );
        return _directory.Combine("out/opt/shop");
    }

    /// <summary>An answer that ends before it is whole, or does not go on.</summary>
    private sealed class BrokenAnswer(bool stalls = false) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentLength = 1 << 20;
            await httpContext.Response.Body.WriteAsync(new byte[10]);
            await httpContext.Response.Body.FlushAsync();
            if (stalls)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, httpContext.RequestAborted);
            }

            httpContext.Abort();
        }
    }
}
