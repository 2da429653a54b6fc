using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>What the deployer can log in with, to a real sshd: agents, certificates, keys with a passphrase.</summary>
public sealed class SshLoginTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    public async Task A_key_of_an_agent_logs_in(string type)
    {
        var key = await MakeKeyAsync("key", type);
        using var agent = await StartAgentAsync(key);
        await using var host = await StartAsync(options => options.Agent = Socket);
        host.Server.Authorize(File.ReadAllText(key + ".pub"), host.Apply);

        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task Of_the_keys_of_an_agent_the_named_one_alone_is_used()
    {
        var (first, second) = (await MakeKeyAsync("first"), await MakeKeyAsync("second"));
        using var agent = await StartAgentAsync(first, second);
        File.Delete(second);
        await using var host = await StartAsync(options => (options.Agent, options.KeyFile) = (Socket, second));
        host.Server.Authorize(File.ReadAllText(first + ".pub"), host.Apply);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());
        host.Server.Authorize(File.ReadAllText(second + ".pub"), host.Apply);
        await host.InspectAsync();

        error.Code.ShouldBe("host-login-refused");
        host.Connections.Key.Describe().ShouldBe($"'second' of the ssh-agent at {Socket}");
    }

    [Fact]
    public async Task A_certificate_of_an_agent_logs_in()
    {
        var (key, authority) = (await MakeKeyAsync("key"), await MakeKeyAsync("authority"));
        await SignAsync(authority, key);
        using var agent = await StartAgentAsync(key);
        await using var host = await StartAsync(options => (options.Agent, options.KeyFile) = (Socket, key));
        host.Server.AuthorizeAuthority(File.ReadAllText(authority + ".pub"), host.Apply);

        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task An_agent_without_keys_and_one_that_is_gone_are_told()
    {
        await using var host = await StartAsync(options => options.Agent = Socket);
        CanaryException empty;
        using (var agent = await StartAgentAsync())
        {
            empty = await Should.ThrowAsync<CanaryException>(host.InspectAsync());
            await agent.KillAsync();
        }

        var gone = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        empty.Code.ShouldBe("ssh-agent-unavailable");
        empty.Message.ShouldContain("does not have any key");
        gone.Code.ShouldBe("ssh-agent-unavailable");
        gone.Message.ShouldContain(Socket);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    public async Task A_certificate_logs_in_and_is_read_again_when_it_was_renewed(string type)
    {
        var (key, authority) = (await MakeKeyAsync("key", type), await MakeKeyAsync("authority"));
        await SignAsync(authority, key, "-V", "20200101:20200102");
        await using var host = await StartAsync(options => options.KeyFile = key);
        host.Server.AuthorizeAuthority(File.ReadAllText(authority + ".pub"), host.Apply);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());
        var told = Should.Throw<CanaryException>(() => host.Connections.Key.Describe());
        await SignAsync(authority, key);
        await host.InspectAsync();

        error.Code.ShouldBe("host-login-refused");
        told.Message.ShouldContain("ended at 2020-01-0");
        host.Connections.Key.Describe().ShouldBe($"{key} with the certificate 'deployer'");
    }

    [Fact]
    public async Task A_key_with_a_passphrase_logs_in_when_a_file_has_that()
    {
        var key = await MakeKeyAsync("key", passphrase: "open sesame");
        var passphrase = _directory.WriteFile("passphrase", "wrong\n");
        await using var host = await StartAsync(options =>
            (options.KeyFile, options.KeyPassphraseFile) = (key, passphrase)
        );
        host.Server.Authorize(File.ReadAllText(key + ".pub"), host.Apply);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());
        File.WriteAllText(passphrase, "open sesame\n");
        await host.InspectAsync();

        error.Code.ShouldBe("ssh-key-unusable");
        host.Connections.Key.SecretFiles.ShouldBe([key, passphrase]);
    }

    [Theory]
    [InlineData("curve25519-sha256")]
    [InlineData("sntrup761x25519-sha512")]
    [InlineData("ecdh-sha2-nistp256")]
    public async Task The_key_exchange_is_the_one_that_was_chosen(string name)
    {
        await using var host = await StartAsync(options => options.KeyExchange = [name]);

        await using var lease = await host.Connections.BorrowAsync(
            host.Host.ToSshTarget(),
            fresh: false,
            TestContext.Current.CancellationToken
        );

        lease.Client.ConnectionInfo.CurrentKeyExchangeAlgorithm.ShouldBe(name);
    }

    [Fact]
    public async Task Without_a_choice_it_is_curve25519()
    {
        await using var host = await StartAsync(_ => { });

        await using var lease = await host.Connections.BorrowAsync(
            host.Host.ToSshTarget(),
            fresh: false,
            TestContext.Current.CancellationToken
        );

        lease.Client.ConnectionInfo.CurrentKeyExchangeAlgorithm.ShouldBe("curve25519-sha256");
    }

    public void Dispose() => _directory.Dispose();

    private string Socket => _directory.Combine("agent");

    private static Task<SshHost> StartAsync(Action<SshTransportOptions> configure)
    {
        var options = new DeployerOptions();
        configure(options.Ssh);
        return SshHost.StartAsync(options);
    }

    private async Task<string> MakeKeyAsync(string name, string type = "ed25519", string passphrase = "")
    {
        var file = _directory.Combine(name);
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", file]);
        return file;
    }

    private static Task<string> SignAsync(string authority, string key, params string[] options) =>
        ProcessRunner.OutputOfAsync(
            "ssh-keygen",
            ["-q", "-s", authority, "-I", "deployer", "-n", Environment.UserName, .. options, key + ".pub"]
        );

    private async Task<ServerProcess> StartAgentAsync(params string[] keys)
    {
        File.Delete(Socket);
        var agent = ServerProcess.Start("ssh-agent", ["-D", "-a", Socket]);
        var environment = new Dictionary<string, string?> { ["SSH_AUTH_SOCK"] = Socket };
        // The socket is there before anybody listens at it.
        await agent.AnswersAsync(async () =>
            (await ProcessRunner.RunAsync("ssh-add", ["-l"], environment: environment)).ExitCode.ShouldBeLessThan(2)
        );
        foreach (var key in keys)
        {
            await ProcessRunner.OutputOfAsync("ssh-add", ["-q", key], environment: environment);
        }

        return agent;
    }
}
