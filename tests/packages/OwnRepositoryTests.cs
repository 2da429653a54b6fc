namespace Canary.Packages.Tests;

/// <summary>The repository of Canary's own packages, as a web server sees it.</summary>
public sealed class OwnRepositoryTests(PackageRepository repository)
{
    [Fact]
    public async Task A_web_server_reads_what_is_public_and_no_key()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Another user is needed.");
        File.SetUnixFileMode(Path.GetDirectoryName(repository.Data)!, FileModes.PrivateDirectory | FileModes.Execute);

        (await AsNobodyAsync("cat", repository.Keyring)).EnsureSuccess();

        var readable = await ProcessRunner.OutputOfAsync("find", [repository.Data, "-type", "f", "-printf", "%P\n"]);
        foreach (var file in readable.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var said = await AsNobodyAsync("test", "-r", Path.Combine(repository.Data, file));
            (said.ExitCode == 0).ShouldBe(
                file.StartsWith("repository-publisher/public/", StringComparison.Ordinal),
                file
            );
        }
    }

    private static Task<ToolResult> AsNobodyAsync(params string[] command) =>
        ProcessRunner.RunAsync("runuser", ["-u", "nobody", "--", .. command]);
}
