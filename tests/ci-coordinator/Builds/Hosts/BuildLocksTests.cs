using System.Diagnostics;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>What <c>canary-build</c> keeps on a build host is its own, and nobody keeps it waiting for ever.</summary>
public sealed class BuildLocksTests : IDisposable
{
    private const string Build = "0123456789abcdef0123456789abcdef";

    private readonly TempDirectory _directory = new("canary-build-");

    private string Builds => _directory.Combine("builds");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("lock")]
    [InlineData($"{Build}.lock")]
    public async Task A_lock_that_stays_taken_is_an_answer_with_whoever_has_it(string name)
    {
        Directory.CreateDirectory(Builds);
        using var holder = Process.Start("flock", [Path.Combine(Builds, name), "sleep", "1000"]);
        try
        {
            await Eventually.TrueAsync(() => IsLocked(Path.Combine(Builds, name)));

            var answer = await AskAsync("hold", Build, "60", "0", "60", "0");

            answer.ExitCode.ShouldBe(65);
            answer.Error.ShouldContain($"canary-build: {Builds}/{name} was not free for 1 s; it is open in ");
            answer.Error.ShouldContain($"process {holder.Id} (flock {Builds}/{name} sleep 1000 )");
            answer.Error.ShouldNotContain("/canary-build )");
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
            await holder.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Other_users_cannot_open_what_is_kept()
    {
        (await AskAsync("check")).EnsureSuccess();
        File.GetUnixFileMode(Builds).ShouldBe(FileModes.PrivateDirectory);

        File.SetUnixFileMode(Builds, FileModes.Everything);
        (await AskAsync("check")).EnsureSuccess();
        File.GetUnixFileMode(Builds).ShouldBe(FileModes.PrivateDirectory);
    }

    [Fact]
    public async Task A_directory_that_may_be_somebody_elses_is_refused()
    {
        File.CreateSymbolicLink(Builds, _directory.CreateDirectory("of-somebody-else"));

        var answer = await AskAsync("check");

        answer.ExitCode.ShouldBe(65);
        answer.Error.ShouldContain($"{Builds} must be a directory of {Environment.UserName} alone");
    }

    private Task<ToolResult> AskAsync(params string[] fields) =>
        ProcessRunner.RunAsync(
            SourceTree.PathOf("hosts", "canary-build"),
            [],
            environment: new Dictionary<string, string?>
            {
                ["CANARY_BUILDS"] = Builds,
                ["CANARY_BUILD_LOCK_TIMEOUT"] = "1",
                ["CANARY_BUILD_WITHOUT_SANDBOX"] = "yes",
            },
            input: string.Concat(fields.Prepend("v3").Select(field => field + '\0'))
        );

    private static bool IsLocked(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var trial = Process.Start("flock", ["--nonblock", path, "true"]);
        trial.WaitForExit();
        return trial.ExitCode != 0;
    }
}
