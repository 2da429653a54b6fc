using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>A host must prove who it is, to a real client of a real sshd.</summary>
public sealed class HostKeyTests
{
    [Fact]
    public async Task A_host_that_nobody_vouches_for_is_not_logged_in_to()
    {
        await using var host = await SshHost.StartAsync(known: false);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-key-unknown");
        error.Remedy.ShouldNotBeNull().ShouldContain(host.KnownHostsFile);
        File.Exists(host.KnownHostsFile).ShouldBeFalse();
    }

    [Fact]
    public async Task A_fingerprint_of_any_of_its_keys_will_do()
    {
        await using var host = await SshHost.StartAsync();
        host.Host = host.Host with { Ssh = host.Host.Ssh with { HostKeys = [await host.FingerprintAsync("rsa")] } };

        await host.InspectAsync();
    }

    [Fact]
    public async Task Another_key_than_the_one_in_the_inventory_is_refused()
    {
        await using var host = await SshHost.StartAsync();
        host.Host = host.Host with { Ssh = host.Host.Ssh with { HostKeys = ["SHA256:" + new string('a', 43)] } };
        Write(host, host.KnownHostsLine());

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-key-changed");
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    public async Task A_line_in_the_file_of_known_hosts_will_do(string type)
    {
        await using var host = await SshHost.StartAsync(known: false);
        Write(host, "# hosts of the shop\n\n" + host.KnownHostsLine(type));

        await host.InspectAsync();
    }

    [Fact]
    public async Task Names_may_be_hashed_there()
    {
        await using var host = await SshHost.StartAsync(known: false);
        Write(host, host.KnownHostsLine());
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-H", "-f", host.KnownHostsFile]);
        File.ReadAllText(host.KnownHostsFile).ShouldStartWith("|1|");

        await host.InspectAsync();
    }

    [Fact]
    public async Task A_key_that_is_revoked_there_is_refused_whatever_else_stands_there()
    {
        await using var host = await SshHost.StartAsync(known: false);
        Write(host, host.KnownHostsLine() + "@revoked * " + host.KnownHostsLine().Split(' ', 2)[1]);

        (await Should.ThrowAsync<CanaryException>(host.InspectAsync())).Code.ShouldBe("host-key-changed");
    }

    [Fact]
    public async Task Trusted_at_first_use_means_not_another_at_the_second()
    {
        var options = new DeployerOptions { Ssh = new SshTransportOptions { TrustFirstUse = true } };
        await using var host = await SshHost.StartAsync(options, known: false);
        await host.InspectAsync();
        var kept = File.ReadAllText(host.KnownHostsFile);
        kept.ShouldStartWith($"[127.0.0.1]:{host.Port} ");

        var changed = kept.Split(' ');
        var other = Convert.FromBase64String(changed[2]);
        other[^1] ^= 1;
        File.WriteAllText(host.KnownHostsFile, $"{changed[0]} {changed[1]} {Convert.ToBase64String(other)}\n");
        await host.CutConnectionsAsync();

        (await Should.ThrowAsync<CanaryException>(host.InspectAsync())).Code.ShouldBe("host-key-changed");
    }

    private static void Write(SshHost host, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(host.KnownHostsFile)!);
        File.WriteAllText(host.KnownHostsFile, text);
    }
}
