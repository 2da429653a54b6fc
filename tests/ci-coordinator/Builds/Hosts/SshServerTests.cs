using System.Globalization;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>The sshd of the tests: what it runs depends on nothing that the user who runs the tests has set up.</summary>
public sealed class SshServerTests
{
    [Fact]
    public async Task Logging_in_reads_no_start_file_of_whoever_runs_the_tests()
    {
        await using var sshd = await SshServer.StartAsync();
        using var directory = new TempDirectory();
        var key = directory.Combine("key");
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        sshd.Authorize((await File.ReadAllTextAsync(key + ".pub")).Trim(), "env");
        var known = directory.WriteFile("known_hosts", sshd.KnownHostsLine());

        var session = await ProcessRunner.RunAsync(
            "ssh",
            [
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                $"UserKnownHostsFile={known}",
                "-i",
                key,
                "-p",
                sshd.Port.ToString(CultureInfo.InvariantCulture),
                $"{Environment.UserName}@127.0.0.1",
            ]
        );

        session.EnsureSuccess().Output.Split('\n').ShouldContain($"HOME={sshd.Home}");
    }
}
