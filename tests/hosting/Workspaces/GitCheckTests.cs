using Canary.Failures;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Tests.Workspaces;

public sealed class GitCheckTests
{
    [Fact]
    public async Task Git_of_this_machine_is_new_enough()
    {
        var result = await CheckAsync(Environment.GetEnvironmentVariable("PATH")!);

        result.Status.ShouldBe(HealthStatus.Healthy, result.Description);
        result.Description.ShouldNotBeNull().ShouldStartWith("git 2.");
    }

    [Theory]
    [InlineData("git version 2.30.2", "git is 2.30.2, which is older than 2.32", "Update it to 2.32")]
    [InlineData("what?", "git --version says 'what?'", "Install git")]
    public async Task Git_that_is_too_old_or_no_git_is_told(string said, string detail, string remedy)
    {
        using var directory = new TempDirectory();
        directory.WriteFile("git", $"#!/bin/sh\necho '{said}'\n", executable: true);

        var result = await CheckAsync($"{directory.Path}:/usr/bin:/bin");

        result.Status.ShouldBe(HealthStatus.Degraded);
        result.Description.ShouldNotBeNull().ShouldContain(detail);
        result.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain(remedy);
    }

    [Fact]
    public async Task Git_that_is_missing_is_told()
    {
        using var directory = new TempDirectory();

        var result = await CheckAsync(directory.Path);

        result.Status.ShouldBe(HealthStatus.Degraded);
        result.Description.ShouldBe("git cannot be found. Sources cannot be fetched.");
    }

    [Fact]
    public async Task Git_lfs_that_is_wanted_and_missing_is_told()
    {
        using var directory = new TempDirectory();
        directory.WriteFile(
            "git",
            "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\necho 'git version 2.40.0'\n",
            executable: true
        );

        var wanted = await CheckAsync($"{directory.Path}:/usr/bin:/bin", new WorkspaceOptions { LargeFiles = true });

        wanted.Status.ShouldBe(HealthStatus.Degraded);
        wanted.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("apt-get install git-lfs");
        (await CheckAsync($"{directory.Path}:/usr/bin:/bin")).Status.ShouldBe(HealthStatus.Healthy);
    }

    private static async Task<HealthCheckResult> CheckAsync(string path, WorkspaceOptions? options = null)
    {
        using var directory = new TempDirectory();
        return await new GitCheck(directory.Path, path, options ?? new WorkspaceOptions()).CheckHealthAsync(
            new HealthCheckContext(),
            TestContext.Current.CancellationToken
        );
    }
}
