using System.Security.Cryptography;
using Canary.Deployer.Transport.Local;
using Canary.Files;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>Which keys simulated hosts trust when that of the repository is replaced.</summary>
public sealed class RepositoryKeyTests : IAsyncLifetime
{
    private const string Old = "old@example.org";
    private const string New = "new@example.org";
    private const string LongAgo = "--faked-system-time=20200101T000000";

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddHttpClient().BuildServiceProvider();
    private WebApplication _server = null!;
    private RepositoryKey _key = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Dictionary<string, string?> Gpg => new() { ["GNUPGHOME"] = _directory.Combine("gnupg") };

    private string Served => _directory.Combine("served/repository");

    private string Keyring => Path.Combine(Served, RepositoryKey.FileName);

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory.Combine("gnupg"), FileModes.PrivateDirectory);
        Directory.CreateDirectory(Path.Combine(Served, "dists/production"));
        foreach (var user in new[] { Old, New })
        {
            await GpgAsync("--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never");
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(_directory.Combine("served")),
                ServeUnknownFileTypes = true,
            }
        );
        await _server.StartAsync();

        var hosting = new HostingOptions { Data = _directory.Combine("data") };
        hosting.Services["repository-publisher"] = _server.Urls.First() + "/";
        var data = new DataDirectory(hosting.Data);
        _key = new RepositoryKey(
            _services.GetRequiredService<IHttpClientFactory>(),
            new ServiceDirectory(Options.Create(hosting)),
            data,
            new ServicePassword("0123456789abcdef"),
            new SignatureVerifier(data),
            _time,
            NullLogger<RepositoryKey>.Instance
        );
        await PublishAsync([Old], signers: [Old]);
        (await ReadAsync()).ShouldBe(await File.ReadAllBytesAsync(Keyring));
    }

    [Fact]
    public void The_repository_of_this_host_is_asked_for_on_this_machine()
    {
        var named = new HostingOptions { PublicAddress = "https://canary.example.org" };
        var services = new ServiceDirectory(Options.Create(named), _server.Services.GetRequiredService<IServer>());

        services.AddressHereOf("repository-publisher").ShouldBe(new Uri(_server.Urls.First() + "/"));
        services.AddressOf("repository-publisher").ShouldBe(new Uri("https://canary.example.org/"));
    }

    [Fact]
    public async Task Keyring_that_a_signed_suite_names_takes_the_place_of_the_kept_one()
    {
        await PublishAsync([Old, New], signers: [Old, New]);
        (await ReadLaterAsync()).ShouldBe(await File.ReadAllBytesAsync(Keyring));

        await PublishAsync([New], signers: [New]);
        (await ReadLaterAsync()).ShouldBe(await File.ReadAllBytesAsync(Keyring));
        (await File.ReadAllBytesAsync(_key.Path)).ShouldBe(await File.ReadAllBytesAsync(Keyring));
    }

    [Fact]
    public async Task Keyring_that_only_a_stranger_vouches_for_is_not_trusted()
    {
        var kept = await ReadAsync();

        await PublishAsync([Old, New], signers: [New]);

        (await ReadLaterAsync()).ShouldBe(kept);
    }

    [Fact]
    public async Task Keyring_that_the_suite_does_not_name_is_not_trusted()
    {
        var kept = await ReadAsync();
        await PublishAsync([Old, New], signers: [Old]);

        await ExportAsync([New]);

        (await ReadLaterAsync()).ShouldBe(kept);
    }

    [Fact]
    public async Task Keyring_that_an_expired_key_vouches_for_is_not_trusted()
    {
        const string expired = "expired@example.org";
        var kept = await ReadAsync();
        await GpgAsync(LongAgo, "--passphrase", "", "--quick-generate-key", expired, "ed25519", "sign", "1d");
        await ExportAsync([Old, expired]);
        File.Copy(Keyring, _key.Path, overwrite: true);

        await PublishAsync([Old, New], [expired], LongAgo);

        (await ReadLaterAsync()).ShouldBe(kept);
    }

    [Fact]
    public async Task Keyring_that_a_suite_of_long_ago_names_is_not_trusted()
    {
        var kept = await ReadAsync();

        await PublishAsync([Old, New], [Old], validUntil: _time.GetUtcNow().AddDays(-1));
        (await ReadLaterAsync()).ShouldBe(kept);

        await PublishAsync([Old, New], [Old], validUntil: _time.GetUtcNow().AddDays(1));
        (await ReadLaterAsync()).ShouldBe(await File.ReadAllBytesAsync(Keyring));
    }

    [Fact]
    public async Task Without_an_answer_the_kept_key_stays()
    {
        var kept = await ReadAsync();
        await _server.StopAsync(Cancellation);

        (await ReadLaterAsync()).ShouldBe(kept);
    }

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await _server.DisposeAsync();
        await _services.DisposeAsync();
        await ProcessRunner.RunAsync("gpgconf", ["--kill", "all"], environment: Gpg);
        _directory.Dispose();
    }

    private Task<byte[]> ReadAsync() => _key.ReadAsync("production", Cancellation);

    private Task<byte[]> ReadLaterAsync()
    {
        _time.Advance(TimeSpan.FromMinutes(2));
        return ReadAsync();
    }

    private async Task PublishAsync(
        string[] keys,
        string[] signers,
        string? clock = null,
        DateTimeOffset? validUntil = null
    )
    {
        await ExportAsync(keys);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Keyring)));
        var release = _directory.WriteFile(
            "served/repository/dists/production/Release",
            $"Suite: production\n{(validUntil is { } until ? $"Valid-Until: {until:R}" : "X: ")}\nCanary-Keyring: {hash}\n".Replace(
                "GMT",
                "UTC",
                StringComparison.Ordinal
            )
        );
        await GpgAsync([
            .. clock is null ? Array.Empty<string>() : [clock],
            .. signers.SelectMany(user => new[] { "--local-user", user }),
            "--yes",
            "--output",
            $"{release}.gpg",
            "--armor",
            "--detach-sign",
            release,
        ]);
    }

    private Task<string> ExportAsync(string[] users) => GpgAsync(["--yes", "--output", Keyring, "--export", .. users]);

    private Task<string> GpgAsync(params string[] arguments) =>
        ProcessRunner.OutputOfAsync("gpg", ["--batch", "--quiet", .. arguments], environment: Gpg);
}
