using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Canary.RepositoryPublisher.Tests.Signing;

/// <summary>Whom <c>hosts/install.sh</c> lets decide what a machine installs.</summary>
public sealed class InstallScriptTests : IAsyncLifetime
{
    private const string Keyring = "etc/apt/keyrings/canary-archive-keyring.pgp";

    private readonly TempDirectory _keys = new();
    private EmptyMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = await EmptyMachine.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _machine.DisposeAsync();
        _keys.Dispose();
    }

    [Fact]
    public async Task A_host_is_set_up_with_the_fingerprint_that_the_server_says()
    {
        await using var repository = await Repository.StartAsync();
        var said = await File.ReadAllTextAsync(repository.Layout.Fingerprint);
        said.ShouldBe(repository.Services.GetRequiredService<SigningKeys>().Now.Current.Fingerprint + "\n");
        var asPeopleWriteIt = string.Join(
            ' ',
            said.Trim().ToLowerInvariant().Chunk(4).Select(part => new string(part))
        );

        (await _machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", asPeopleWriteIt)).EnsureSuccess();

        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(
            repository.Services.GetRequiredService<SigningKeys>().Now.Keyring
        );
        _machine.Read("etc/apt/sources.list.d/canary.sources").ShouldContain($"URIs: {repository.RepositoryAddress}\n");
        _machine
            .Read("var/lib/canary-deploy/.ssh/authorized_keys")
            .ShouldStartWith("restrict,command=\"/usr/sbin/canary-apply\" ssh-ed25519 ");
        File.GetUnixFileMode(_machine.PathOf("var/lib/canary-apply")).ShouldBe(FileModes.PrivateDirectory);
    }

    [Fact]
    public async Task Without_a_fingerprint_nothing_is_trusted_and_it_says_where_to_get_one()
    {
        await using var repository = await Repository.StartAsync();

        var refused = await _machine.InstallAsync(repository.RepositoryAddress);

        ShouldBeRefused(refused, "--fingerprint is missing");
        refused.Error.ShouldContain("canary doctor");
    }

    [Theory]
    [InlineData("0123456789ABCDEF0123456789ABCDEF01234567", "not the one that --fingerprint says")]
    [InlineData("89ABCDEF01234567", "40 hexadecimal digits")]
    public async Task Another_fingerprint_is_refused(string fingerprint, string reason)
    {
        await using var repository = await Repository.StartAsync();

        ShouldBeRefused(
            await _machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint),
            reason
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_keyring_with_more_keys_only_the_one_with_the_fingerprint_is_trusted(bool isFirst)
    {
        var ours = Key("ours");
        var another = Key("another");
        byte[] served = isFirst ? [.. ours.PublicKey, .. another.PublicKey] : [.. another.PublicKey, .. ours.PublicKey];
        await using var server = await ServeAsync(() => served);

        (await _machine.InstallAsync(AddressOf(server), "--fingerprint", ours.Fingerprint)).EnsureSuccess();

        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(ours.PublicKey);
    }

    [Fact]
    public async Task A_key_that_brings_a_subkey_along_is_refused()
    {
        var ours = Key("ours");
        byte[] served = [.. ours.PublicKey, .. AsSubkey(Key("another").PublicKey)];
        await using var server = await ServeAsync(() => served);

        ShouldBeRefused(
            await _machine.InstallAsync(AddressOf(server), "--fingerprint", ours.Fingerprint),
            "holds more than keys"
        );
    }

    [Fact]
    public async Task A_host_that_trusts_one_of_two_keys_keeps_what_it_has()
    {
        var old = Key("old");
        var served = old.PublicKey;
        await using var server = await ServeAsync(() => served);
        (await _machine.InstallAsync(AddressOf(server), "--trust-on-first-use")).EnsureSuccess();

        served = [.. old.PublicKey, .. Key("new").PublicKey];
        (await _machine.InstallAsync(AddressOf(server), "--trust-on-first-use")).EnsureSuccess();

        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(old.PublicKey);
    }

    [Fact]
    public async Task A_long_key_is_read_as_well()
    {
        var key = TestKeys.Make(_keys.Combine("rsa"), algorithm: KeyAlgorithm.Rsa4096);
        await using var server = await ServeAsync(() => key.PublicKey);

        (await _machine.InstallAsync(AddressOf(server), "--fingerprint", key.Fingerprint)).EnsureSuccess();

        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(key.PublicKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")]
    [InlineData("<!DOCTYPE html>")]
    public async Task What_is_no_key_is_refused(string served)
    {
        await using var server = await ServeAsync(() => System.Text.Encoding.ASCII.GetBytes(served));

        ShouldBeRefused(
            await _machine.InstallAsync(AddressOf(server), "--trust-on-first-use"),
            "no " + (served.Length > 0 ? "OpenPGP key" : "key")
        );
    }

    [Fact]
    public async Task The_first_key_is_trusted_only_by_a_flag_and_no_other_one_takes_its_place()
    {
        var first = Key("first");
        var second = Key("second");
        var served = first.PublicKey;
        await using var server = await ServeAsync(() => served);

        var trusting = (await _machine.InstallAsync(AddressOf(server), "--trust-on-first-use")).EnsureSuccess();
        trusting.Output.ShouldContain(first.Fingerprint);

        served = second.PublicKey;
        var refused = await _machine.InstallAsync(AddressOf(server), "--trust-on-first-use");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain($"has the key {second.Fingerprint} now");
        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(first.PublicKey);

        (await _machine.InstallAsync(AddressOf(server), "--fingerprint", second.Fingerprint)).EnsureSuccess();
        (await File.ReadAllBytesAsync(_machine.PathOf(Keyring))).ShouldBe(second.PublicKey);
    }

    [Fact]
    public async Task A_run_that_was_stopped_before_the_user_had_a_key_is_made_good_by_the_next()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);
        (
            await _machine.RunAsync(
                "/usr/sbin/useradd",
                "--system",
                "--create-home",
                "--skel",
                "/dev/null",
                "--home-dir",
                "/var/lib/canary-deploy",
                "canary"
            )
        ).EnsureSuccess();

        var result = await _machine.InstallAsync(AddressOf(server), "--fingerprint", key.Fingerprint);

        result.EnsureSuccess();
        result.Error.ShouldNotContain("No such file");
        _machine.Read("var/lib/canary-deploy/.ssh/authorized_keys").ShouldStartWith("restrict,");
    }

    [Fact]
    public async Task A_user_of_somebody_else_is_not_taken()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);
        (await _machine.RunAsync("/usr/sbin/useradd", "--create-home", "canary")).EnsureSuccess();

        var refused = await _machine.InstallAsync(AddressOf(server), "--fingerprint", key.Fingerprint);

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("there is a user canary that this script did not make");
    }

    [Fact]
    public async Task What_apt_reads_everybody_may_read_whatever_whoever_runs_it_keeps_to_themselves()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);

        (
            await _machine.RunAsync(
                "/bin/sh",
                "-c",
                """umask 077; exec /bin/bash /opt/hosts/install.sh "$@" """,
                "sh",
                "--repository",
                AddressOf(server).ToString(),
                "--suite",
                "production",
                "--deployer-key",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9 canary-deployer",
                "--fingerprint",
                key.Fingerprint
            )
        ).EnsureSuccess();

        foreach (
            var file in (string[])[Keyring, "etc/apt/sources.list.d/canary.sources", "etc/apt/preferences.d/canary"]
        )
        {
            (File.GetUnixFileMode(_machine.PathOf(file)) & UnixFileMode.OtherRead).ShouldNotBe(UnixFileMode.None, file);
        }
    }

    [Fact]
    public async Task Where_systemd_does_not_run_the_timer_is_switched_for_the_next_boot()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);
        string[] trusting = ["--fingerprint", key.Fingerprint];

        (await _machine.InstallAsync(AddressOf(server), trusting)).EnsureSuccess();
        IsTimerEnabled().ShouldBeTrue();

        (await _machine.InstallAsync(AddressOf(server), [.. trusting, "--no-timer"])).EnsureSuccess();
        IsTimerEnabled().ShouldBeFalse();
        _machine.Has("etc/systemd/system/canary-converge.timer").ShouldBeFalse();
    }

    [Fact]
    public async Task Where_systemd_does_not_run_the_timer_of_the_package_can_be_left_out()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);
        string[] trusting = ["--fingerprint", key.Fingerprint];
        (
            await _machine.RunAsync(
                "/bin/sh",
                "-ec",
                // As canary-host brings them, and apt enables the timer.
                """
                mkdir -p /usr/lib/systemd/system /usr/sbin
                cp /opt/hosts/canary-converge.* /usr/lib/systemd/system
                mv /opt/hosts/canary-apply /usr/sbin/canary-apply
                ln -s /usr/sbin/canary-apply /opt/hosts/canary-apply
                systemctl enable --quiet canary-converge.timer
                """
            )
        ).EnsureSuccess();
        IsTimerEnabled().ShouldBeTrue();

        (await _machine.InstallAsync(AddressOf(server), [.. trusting, "--no-timer"])).EnsureSuccess();
        IsTimerEnabled().ShouldBeFalse();

        (await _machine.InstallAsync(AddressOf(server), trusting)).EnsureSuccess();
        IsTimerEnabled().ShouldBeTrue();
    }

    [Fact]
    public async Task The_page_of_hosts_says_the_priority_that_the_repository_has()
    {
        var key = Key("ours");
        await using var server = await ServeAsync(() => key.PublicKey);

        (await _machine.InstallAsync(AddressOf(server), "--fingerprint", key.Fingerprint)).EnsureSuccess();

        var priority = _machine.Read("etc/apt/preferences.d/canary").Split("Pin-Priority: ")[1].Trim();
        (await File.ReadAllTextAsync(SourceTree.PathOf("docs", "hosts.md"))).ShouldContain(
            $"| a pin of {priority} for everything in the repository |"
        );
    }

    private bool IsTimerEnabled() =>
        new FileInfo(_machine.PathOf("etc/systemd/system/timers.target.wants/canary-converge.timer")).LinkTarget
            is not null;

    private void ShouldBeRefused(ToolResult result, string reason)
    {
        result.ExitCode.ShouldBe(1, result.Error);
        result.Error.ShouldContain(reason);
        _machine.Has(Keyring).ShouldBeFalse();
        _machine.Has("usr/sbin/canary-apply").ShouldBeFalse();
        _machine.Has("etc/passwd").ShouldBeFalse("Nobody was added to the users.");
    }

    private ArchiveKey Key(string name) => TestKeys.Make(_keys.Combine(name), $"{name} <{name}@example.org>");

    /// <summary>The first packet of a key under the tag of a subkey (RFC 9580, 5).</summary>
    private static byte[] AsSubkey(byte[] key)
    {
        const byte oldFormat = 0x80;
        const byte subkey = 14 << 2;
        const byte oneOctet = 0;
        key[0].ShouldBe((byte)(oldFormat | (6 << 2) | oneOctet), "Key packets of Ed25519 are short.");
        return [oldFormat | subkey | oneOctet, .. key.AsSpan(1, 1 + key[1])];
    }

    private static async Task<WebApplication> ServeAsync(Func<byte[]> keyring)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.MapGet("/repository/canary-archive-keyring.pgp", () => Results.Bytes(keyring()));
        await server.StartAsync();
        return server;
    }

    private static Uri AddressOf(WebApplication server) => new(server.Urls.First() + "/repository/");
}
