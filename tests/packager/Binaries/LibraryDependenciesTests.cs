using Canary.Contracts.Packaging;
using Canary.Packager.Binaries;
using Canary.Packager.Tests.Fixtures;
using Canary.Processes;
using Canary.Testing;

namespace Canary.Packager.Tests.Binaries;

/// <summary>Real programs and the real dpkg-shlibdeps.</summary>
public sealed class LibraryDependenciesTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    private GitRepository _repository = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync(name: "shop");
        _repository
            .WithConventionScripts()
            .WithFile("canary.yml", "depends: [adduser]\npackage: { include: [\"bin/**\", \"lib/**\"] }\n");
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Programs_bring_the_packages_of_their_libraries()
    {
        await using var host = await PackagerHost.StartAsync();
        var archive = new BuiltArchive().WithFile("bin/ls", await File.ReadAllBytesAsync("/bin/ls"), executable: true);

        var (depends, log) = await PackageAsync(host, archive);

        depends.ShouldStartWith("adduser, libc6 (>= ");
        depends.ShouldContain("libselinux1");
        log.ShouldContain("Depends, by its programs: libc6");
    }

    [Fact]
    public async Task Libraries_of_the_package_itself_are_no_dependency()
    {
        await using var host = await PackagerHost.StartAsync();
        await CompileAsync(
            "int answer(void) { return 42; }",
            "-shared",
            "-fPIC",
            "-Wl,-soname,libanswer.so.1",
            "-o",
            "libanswer.so.1"
        );
        await CompileAsync(
            "int answer(void); int main(void) { return answer(); }",
            "libanswer.so.1",
            "-Wl,-rpath,$ORIGIN/../lib",
            "-o",
            "app"
        );
        var archive = new BuiltArchive()
            .WithFile("bin/app", await File.ReadAllBytesAsync(_directory.Combine("app")), executable: true)
            .WithFile("lib/libanswer.so.1", await File.ReadAllBytesAsync(_directory.Combine("libanswer.so.1")));

        var (depends, log) = await PackageAsync(host, archive);

        depends.ShouldStartWith("adduser, libc6");
        log.ShouldNotContain("Warning");
    }

    [Fact]
    public async Task Libraries_of_the_package_are_found_by_the_links_that_name_them()
    {
        await using var host = await PackagerHost.StartAsync();
        await CompileAsync(
            "int answer(void) { return 42; }",
            "-shared",
            "-fPIC",
            "-Wl,-soname,libanswer.so.1",
            "-o",
            "libanswer.so.1.2.3"
        );
        await CompileAsync(
            "int answer(void); int main(void) { return answer(); }",
            "libanswer.so.1.2.3",
            "-Wl,-rpath,$ORIGIN/../lib",
            "-o",
            "app"
        );
        var archive = new BuiltArchive()
            .WithFile("bin/app", await File.ReadAllBytesAsync(_directory.Combine("app")), executable: true)
            .WithLink("lib/libanswer.so.1", "versions/libanswer.so.1.2.3")
            .WithFile(
                "lib/versions/libanswer.so.1.2.3",
                await File.ReadAllBytesAsync(_directory.Combine("libanswer.so.1.2.3"))
            );

        var (depends, log) = await PackageAsync(host, archive);

        depends.ShouldStartWith("adduser, libc6");
        log.ShouldNotContain("Warning");
    }

    [Fact]
    public async Task A_library_that_nobody_has_is_told_and_fails_nothing()
    {
        await using var host = await PackagerHost.StartAsync();
        await CompileAsync(
            "int answer(void) { return 42; }",
            "-shared",
            "-fPIC",
            "-Wl,-soname,libanswer.so.1",
            "-o",
            "libanswer.so.1"
        );
        await CompileAsync("int answer(void); int main(void) { return answer(); }", "libanswer.so.1", "-o", "app");
        var archive = new BuiltArchive().WithFile(
            "bin/app",
            await File.ReadAllBytesAsync(_directory.Combine("app")),
            executable: true
        );

        var (depends, log) = await PackageAsync(host, archive);

        depends.ShouldBe("adduser");
        log.ShouldContain("Warning: which packages its programs need is not known: dpkg-shlibdeps: ");
        log.ShouldContain("libanswer.so.1");
    }

    [Fact]
    public async Task Packaging_is_tried_again_where_the_tool_cannot_be_run()
    {
        await using var host = await PackagerHost.StartAsync();
        var archive = new BuiltArchive().WithFile("bin/ls", await File.ReadAllBytesAsync("/bin/ls"), executable: true);
        await PackageAsync(host, archive);
        var script = _directory.Combine("broken");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\necho >> {_directory.Combine("attempts")}\nexit 1\n");
        await ProcessRunner.OutputOfAsync("install", ["--mode=755", script, host.SandboxProgram]);
        var command = host.Command(_repository, await _repository.CommitAsync()) with
        {
            Output = archive.Make().Reference,
        };

        var outcome = await host.PackageAsync(command);

        outcome.ShouldBeOfType<PackagingFailed>().Failure.Code.ShouldBe("library-dependencies-unknown");
        (await File.ReadAllLinesAsync(_directory.Combine("attempts"))).Length.ShouldBe(3);
    }

    [Theory]
    [InlineData(ProcessEnding.TimedOut, 0, "", "took longer than 2 minutes")]
    [InlineData(ProcessEnding.MemoryLimit, 137, "", "was stopped (MemoryLimit)")]
    [InlineData(ProcessEnding.Exited, 137, "Killed", "ended with 137: Killed")]
    [InlineData(ProcessEnding.TimedOut, 0, "error: cannot find library libx.so.1", "took longer")]
    public void Dependencies_are_not_left_out_because_a_machine_has_much_to_do(
        ProcessEnding ending,
        int exitCode,
        string said,
        string reason
    )
    {
        var result = new ProcessResult
        {
            Ending = ending,
            ExitCode = exitCode,
            Duration = TimeSpan.Zero,
            OutputTail = said,
        };

        new Action(() => LibraryDependencies.Read(result, said)).ShouldFail("library-dependencies-unknown", reason);
    }

    [Fact]
    public async Task Nobody_looks_where_it_is_switched_off()
    {
        await using var host = await PackagerHost.StartAsync("--packager:librarydependencies=none");
        var archive = new BuiltArchive().WithFile("bin/ls", await File.ReadAllBytesAsync("/bin/ls"), executable: true);

        var (depends, _) = await PackageAsync(host, archive);

        depends.ShouldBe("adduser");
    }

    private async Task CompileAsync(string source, params string[] arguments)
    {
        await File.WriteAllTextAsync(_directory.Combine("source.c"), source);
        await ProcessRunner.OutputOfAsync("tcc", ["source.c", .. arguments], workingDirectory: _directory.Path);
    }

    private async Task<(string Depends, string Log)> PackageAsync(PackagerHost host, BuiltArchive archive)
    {
        var (bytes, output) = archive.Make();
        host.Built[output.Sha256] = bytes;
        var command = host.Command(_repository, await _repository.CommitAsync()) with { Output = output };
        var outcome = await host.PackageAsync(command);
        var built = outcome.ShouldBeOfType<PackageBuilt>((outcome as PackagingFailed)?.Failure.Message);
        await File.WriteAllBytesAsync(_directory.Combine("shop.deb"), host.Uploads[built.Package.Sha256]);
        var depends = await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--field", _directory.Combine("shop.deb"), "Depends"]
        );
        return (depends.Trim(), host.Logs[(command.ReleaseId, "package")]);
    }
}
