using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Suites;

/// <summary>What real apt and dpkg make of the repository.</summary>
public sealed class AptTests
{
    [Fact]
    public async Task Host_installs_what_is_advertised_with_its_signature_checked()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        using var host = repository.Host();

        (await host.UpdateAsync()).EnsureSuccess();
        (await host.InstallAsync("shop")).EnsureSuccess();

        (await host.InstalledAsync("shop")).ShouldBe("1.0");
    }

    [Fact]
    public async Task Empty_suite_is_a_valid_repository()
    {
        await using var repository = await Repository.StartAsync();
        using var host = repository.Host("canary");

        (await host.UpdateAsync()).EnsureSuccess();
    }

    [Fact]
    public async Task Package_for_all_architectures_is_found_on_each()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        foreach (var architecture in new[] { "amd64", "arm64", "riscv64" })
        {
            using var host = repository.Host(architecture: architecture);
            (await host.UpdateAsync()).EnsureSuccess();

            (await host.VersionsAsync("shop")).ShouldBe(["1.0"], architecture);
        }
    }

    [Fact]
    public async Task Package_for_one_architecture_is_found_there_only()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.0", "arm64");
        await repository.AdvertiseAsync("shop", "1.0");
        using var arm = repository.Host(architecture: "arm64");
        using var intel = repository.Host(architecture: "amd64");
        (await arm.UpdateAsync()).EnsureSuccess();
        (await intel.UpdateAsync()).EnsureSuccess();

        (await arm.VersionsAsync("shop")).ShouldBe(["1.0"]);
        (await intel.VersionsAsync("shop")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Version_in_the_canary_suite_is_not_seen_in_production()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0", "canary");
        using var canary = repository.Host("canary");
        using var production = repository.Host("production");
        (await canary.UpdateAsync()).EnsureSuccess();
        (await production.UpdateAsync()).EnsureSuccess();

        (await canary.VersionsAsync("shop")).ShouldBe(["1.0"]);
        (await production.VersionsAsync("shop")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Tampered_index_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var hashes = Path.Combine(repository.Layout.Dists, "production/main/binary-all/by-hash/SHA256");
        foreach (var index in Directory.GetFiles(hashes))
        {
            var bytes = await File.ReadAllBytesAsync(index);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(index, bytes);
        }

        using var host = repository.Host();
        var update = await host.UpdateAsync();

        update.ExitCode.ShouldNotBe(0);
        update.Text.ShouldContain("Hash Sum mismatch");
        (await host.VersionsAsync("shop")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Tampered_release_file_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var release = Path.Combine(repository.Layout.Dists, "production/InRelease");
        await File.WriteAllTextAsync(
            release,
            (await File.ReadAllTextAsync(release)).Replace("Label: Canary", "Label: canary")
        );
        using var host = repository.Host();

        var update = await host.UpdateAsync();

        update.ExitCode.ShouldNotBe(0);
        update.Text.ShouldContain("BADSIG");
    }

    [Fact]
    public async Task Repository_signed_by_another_key_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        using var other = new TempDirectory();
        var key = TestKeys.Make(other.Combine("keys"), "Somebody else");
        using var host = new AptHost(repository.RepositoryAddress, key.PublicKey);

        var update = await host.UpdateAsync();

        update.ExitCode.ShouldNotBe(0);
        update.Text.ShouldContain("NO_PUBKEY");
    }

    [Fact]
    public async Task Version_at_phase_0_is_installed_by_those_who_ask_and_offered_to_nobody_else()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        using var waiting = repository.Host();
        using var told = repository.Host();
        foreach (var host in new[] { waiting, told })
        {
            (await host.UpdateAsync()).EnsureSuccess();
            (await host.InstallAsync("shop")).EnsureSuccess();
        }

        await repository.PublishAsync("shop", "2.0");
        await repository.AdvertiseAsync("shop", "2.0", percentage: 0);
        foreach (var host in new[] { waiting, told })
        {
            (await host.UpdateAsync()).EnsureSuccess();
        }

        (await told.InstallAsync("shop=2.0")).EnsureSuccess();
        (await waiting.UpgradeAsync()).EnsureSuccess();
        (await told.UpgradeAsync()).EnsureSuccess();
        (await waiting.InstalledAsync("shop")).ShouldBe("1.0");
        (await told.InstalledAsync("shop")).ShouldBe("2.0");

        await repository.AdvertiseAsync("shop", "2.0", percentage: 100);
        (await waiting.UpdateAsync()).EnsureSuccess();
        (await waiting.UpgradeAsync()).EnsureSuccess();
        (await waiting.InstalledAsync("shop")).ShouldBe("2.0");
    }

    [Fact]
    public async Task Withdrawn_version_is_taken_back_by_a_plain_upgrade()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        await repository.ReleaseAsync("shop", "2.0");
        using var host = repository.Host();
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.InstallAsync("shop")).EnsureSuccess();
        (await host.InstalledAsync("shop")).ShouldBe("2.0");

        var answer = await repository.WithdrawAsync("shop", "2.0");

        answer.ShouldBeOfType<VersionWithdrawn>().CurrentVersion.ShouldBe("1.0");
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.UpgradeAsync()).EnsureSuccess();
        (await host.InstalledAsync("shop")).ShouldBe("1.0");
    }

    [Fact]
    public async Task Change_within_the_same_second_is_seen_by_the_next_update()
    {
        await using var repository = await Repository.StartAsync();
        using var host = repository.Host();
        for (var version = 1; version <= 8; version++)
        {
            await repository.ReleaseAsync("shop", $"{version}.0");
            (await host.UpdateAsync()).EnsureSuccess();

            (await host.VersionsAsync("shop"))[0].ShouldBe($"{version}.0");
        }
    }

    [Theory]
    [InlineData("canary-archive-keyring.pgp")]
    [InlineData("canary-archive-keyring.asc")]
    public async Task Served_key_is_what_apt_needs(string name)
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        using var host = repository.Host();
        var keyring = Path.Combine(Path.GetDirectoryName(host.Keyring)!, name);
        await File.WriteAllBytesAsync(
            keyring,
            await repository.Http.GetByteArrayAsync(new Uri(repository.RepositoryAddress, name))
        );
        var sources = Path.Combine(Path.GetDirectoryName(host.Keyring)!, "etc/apt/canary.sources");
        await File.WriteAllTextAsync(sources, (await File.ReadAllTextAsync(sources)).Replace(host.Keyring, keyring));

        (await host.UpdateAsync()).EnsureSuccess();
    }
}
