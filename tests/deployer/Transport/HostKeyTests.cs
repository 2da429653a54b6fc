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

    [Fact]
    public async Task What_a_host_has_enrolled_with_will_do_where_nobody_has_written_anything_of_it()
    {
        await using var host = await SshHost.StartAsync(known: false);
        host.Host = host.Host with
        {
            Ssh = host.Host.Ssh with { EnrolledKeys = [await host.FingerprintAsync("ed25519")] },
        };

        await host.InspectAsync();
        File.Exists(host.KnownHostsFile).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_revoked_is_so_although_a_host_has_enrolled_with_it()
    {
        await using var host = await SshHost.StartAsync(known: false);
        host.Host = host.Host with
        {
            Ssh = host.Host.Ssh with { EnrolledKeys = [await host.FingerprintAsync("ed25519")] },
        };
        Write(host, "@revoked " + host.KnownHostsLine());

        (await Should.ThrowAsync<CanaryException>(host.InspectAsync())).Code.ShouldBe("host-key-changed");
    }

    [Fact]
    public async Task Another_key_than_a_host_has_enrolled_with_is_refused_and_the_way_to_enrol_again_is_named()
    {
        await using var host = await SshHost.StartAsync(known: false);
        host.Host = host.Host with { Ssh = host.Host.Ssh with { EnrolledKeys = ["SHA256:" + new string('a', 43)] } };

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-key-changed");
        error.Remedy.ShouldNotBeNull().ShouldContain("canary hosts bootstrap");
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

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.*", "")]
    [InlineData("web-1,127.0.0.1", "-V 20200101:21200101")]
    public async Task A_certificate_of_an_authority_that_stands_there_will_do(string principals, string validity)
    {
        await using var host = await CertifiedHost.StartAsync(["-n", principals, .. Words(validity)]);

        await host.Host.InspectAsync();
    }

    [Theory]
    [InlineData("-n web-1", "it is for web-1, not for 127.0.0.1")]
    [InlineData("-n 127.0.0.1 -O critical:force-command=/bin/true", "options that are not known")]
    [InlineData("-n 127.0.0.1 -V 20200101:20200102", "is not valid at this time")]
    public async Task A_certificate_that_is_not_for_the_host_or_not_for_now_is_refused(string options, string reason)
    {
        await using var host = await CertifiedHost.StartAsync(Words(options));

        var error = await Should.ThrowAsync<CanaryException>(host.Host.InspectAsync());

        error.Code.ShouldBe("host-key-changed");
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        await using var host = await CertifiedHost.StartAsync(["-n", "127.0.0.1"]);
        var other = await host.MakeKeyAsync("other");
        Write(host.Host, $"@cert-authority * {File.ReadAllText(other + ".pub")}");

        var error = await Should.ThrowAsync<CanaryException>(host.Host.InspectAsync());

        error.Message.ShouldContain("is not one of this host");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_is_refused_whose_key_or_authority_is_revoked(bool isAuthority)
    {
        await using var host = await CertifiedHost.StartAsync(["-n", "127.0.0.1"]);
        var revoked = isAuthority ? File.ReadAllText(host.Authority + ".pub") : host.Host.Server.PublicHostKey();
        File.AppendAllText(host.Host.KnownHostsFile, $"@revoked * {revoked}");

        var error = await Should.ThrowAsync<CanaryException>(host.Host.InspectAsync());

        error.Code.ShouldBe("host-key-changed");
        error.Message.ShouldContain("revoked");
    }

    [Fact]
    public async Task A_host_with_a_certificate_is_known_by_its_key_where_nobody_names_the_authority()
    {
        await using var host = await CertifiedHost.StartAsync(["-n", "web-1"]);
        Write(host.Host, host.Host.KnownHostsLine());

        await host.Host.InspectAsync();
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A host that shows a certificate, whose authority stands in the file of known hosts.</summary>
    private sealed class CertifiedHost : IAsyncDisposable
    {
        private readonly TempDirectory _directory = new();

        public required SshHost Host { get; init; }

        public string Authority => _directory.Combine("authority");

        public static async Task<CertifiedHost> StartAsync(string[] options)
        {
            var certified = new CertifiedHost { Host = await SshHost.StartAsync(known: false) };
            await certified.MakeKeyAsync("authority");
            await certified.Host.Server.CertifyAsync(certified.Authority, options);
            Write(certified.Host, $"@cert-authority [127.0.0.1]:* {File.ReadAllText(certified.Authority + ".pub")}");
            return certified;
        }

        public async Task<string> MakeKeyAsync(string name)
        {
            var file = _directory.Combine(name);
            await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
            return file;
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            _directory.Dispose();
        }
    }

    private static void Write(SshHost host, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(host.KnownHostsFile)!);
        File.WriteAllText(host.KnownHostsFile, text);
    }
}
