using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>Programs that were not written for Canary, taken from the Debian archive at test time: their files are committed
/// as they are, with the convention scripts added, and must arrive on the hosts as they were.</summary>
public sealed class RealApplicationTests
{
    [Theory]
    [InlineData("several thousand files", "python3-django")]
    [InlineData("symbolic links and executable files", "git")]
    [InlineData("names with spaces, Unicode and a leading dash", "python3-setuptools", "ca-certificates", "hol88-help")]
    public async Task A_real_program_arrives_on_every_host_as_it_was_committed(string what, params string[] packages)
    {
        await using var server = await CanaryServer.StartAsync();
        using var repository = await GitRepository.CreateAsync(name: "program");
        await UnpackAsync(repository.Path, packages);
        repository.WithConventionScripts();
        var commit = await repository.CommitAsync(what);
        var committed = await DescribeAsync(repository.Path);
        ShouldHold(what, committed);

        await server.PushAsync(repository, commit, name: "program");

        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "program")).ShouldBe(release.Version);
            (await DescribeAsync(Path.Combine(server.HostRoot(host), "opt/program"))).ShouldBe(committed);
        }
    }

    private static void ShouldHold(string what, IReadOnlyList<string> files)
    {
        switch (what)
        {
            case "several thousand files":
                files.Count.ShouldBeGreaterThan(3000);
                break;
            case "symbolic links and executable files":
                files.ShouldContain(file => file.StartsWith("link "));
                files.ShouldContain(file => file.StartsWith("755 ") && file.Contains("git-core"));
                break;
            default:
                files.ShouldContain(file => file.Contains("script (dev).tmpl"));
                files.ShouldContain(file => file.Any(letter => letter > 127));
                files.ShouldContain(file => file.Contains("/-"));
                break;
        }
    }

    private static async Task UnpackAsync(string target, string[] packages)
    {
        using var downloads = new TempDirectory();
        await ProcessRunner.OutputOfAsync(
            "apt-get",
            ["download", "-q", "-o", "APT::Sandbox::User=root", .. packages],
            workingDirectory: downloads.Path
        );
        foreach (var package in Directory.GetFiles(downloads.Path, "*.deb"))
        {
            await ProcessRunner.OutputOfAsync("dpkg-deb", ["-x", package, target]);
        }
    }

    /// <summary>Every file with its mode and size, every link with its target; git itself knows no other modes.</summary>
    private static async Task<IReadOnlyList<string>> DescribeAsync(string root)
    {
        var listing = await ProcessRunner.OutputOfAsync(
            "find",
            [
                root,
                "-path",
                Path.Combine(root, ".git"),
                "-prune",
                "-o",
                "-type",
                "l",
                "-printf",
                "link %P %l\\0",
                "-o",
                "-type",
                "f",
                "-perm",
                "/100",
                "-printf",
                "755 %P %s\\0",
                "-o",
                "-type",
                "f",
                "-printf",
                "644 %P %s\\0",
            ]
        );
        return [.. listing.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
