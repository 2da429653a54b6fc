using Canary.Deployer.Hosts;
using Canary.Deployer.Tests.Transport;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Canary.Deployer.Tests.Hosts;

public sealed class HostLogsTests : IDisposable
{
    private static readonly Guid Release = Guid.NewGuid();

    private readonly TempDirectory _directory = new();
    private readonly HostLogs _logs;

    public HostLogsTests() =>
        _logs = new HostLogs(new DataDirectory(_directory.Path), new KnownSecrets([]), NullLogger<HostLogs>.Instance);

    [Fact]
    public async Task What_is_printed_on_a_host_is_written_down_step_by_step()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync(
            "shop",
            "1.0",
            "printf '\\033[31mno database at db-1'; exit 3",
            check: "echo fine"
        );
        await hosts.Repository.AddAsync("shop", "2.0");

        using (var entry = _logs.Begin(Release, "canary-1", "canary: shop 1.0"))
        {
            var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));
            entry.Say($"canary: failed: {error.Code}");
        }

        using (_logs.Begin(Release, "canary-1", "rollback: shop 2.0"))
        {
            await hosts.InstallAsync("2.0");
        }

        var lines = Read("canary-1").Split('\n');
        lines[0].ShouldBe("==> canary: shop 1.0");
        lines.ShouldContain("Setting up shop (1.0) ...");
        lines.ShouldContain(line => line.StartsWith("no database at db-1"));
        lines.ShouldContain("==> canary: failed: installation-failed");
        lines.ShouldContain("==> rollback: shop 2.0");
        lines.ShouldContain("Setting up shop (2.0) ...");
    }

    [Fact]
    public void Nothing_that_happened_leaves_no_log()
    {
        _logs.Begin(Release, "web-1", "check").Dispose();

        Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void Two_at_once_write_the_same_log()
    {
        var update = _logs.Begin(Release, "web-1", "wave-1");
        update.Write("unpacked");
        using (var check = _logs.Begin(Release, "web-1", "check"))
        {
            check.Say("well");
        }

        update.Say("done");
        update.Dispose();
        update.Write("too late");

        Read("web-1").ShouldBe("==> wave-1\nunpacked\n==> check\n==> well\n==> done\n");
    }

    public void Dispose() => _directory.Dispose();

    private string Read(string host) =>
        File.ReadAllText(_directory.Combine("deployer", "logs", $"{Release:N}@{host}.done"));
}
