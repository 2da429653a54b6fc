using Canary.Failures;
using Canary.Hosting.Health;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests.Signing;

/// <summary>A key is replaced, and real apt goes on believing the repository.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly TempDirectory _data = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa4096")]
    public async Task Hosts_follow_the_repository_with_the_old_key_the_new_one_and_both(string algorithm)
    {
        await using var repository = await StartAsync($"signing:algorithm={algorithm}");
        await repository.ReleaseAsync("shop", "1.0");
        var old = KeysOf(repository).Now.Current;
        using var before = Host(repository, old.PublicKey);
        (await before.UpdateAsync()).EnsureSuccess();

        await RotationOf(repository).RotateAsync(Cancellation);
        await repository.ReleaseAsync("shop", "2.0");

        var both = KeysOf(repository).Now;
        both.Current.Fingerprint.ShouldBe(old.Fingerprint);
        using var fresh = Host(repository, both.Next!.PublicKey);
        using var refreshed = Host(repository, both.Keyring);
        foreach (var host in new[] { before, fresh, refreshed })
        {
            (await host.UpdateAsync()).EnsureSuccess();
            (await host.VersionsAsync("shop")).ShouldBe(["2.0", "1.0"]);
        }

        await RotationOf(repository).RetireAsync(early: true, Cancellation);
        await repository.ReleaseAsync("shop", "3.0");

        foreach (var host in new[] { fresh, refreshed })
        {
            (await host.UpdateAsync()).EnsureSuccess();
            (await host.VersionsAsync("shop")).ShouldBe(["3.0", "2.0", "1.0"]);
        }

        (await before.UpdateAsync()).ExitCode.ShouldNotBe(0, "It knows the retired key only.");
        (await File.ReadAllBytesAsync(repository.Layout.Keyring)).ShouldBe(both.Next.PublicKey);
        (await File.ReadAllTextAsync(repository.Layout.Fingerprint)).ShouldBe($"{both.Next.Fingerprint}\n");
        (await CheckAsync(repository)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Suites_name_the_keyring_that_is_served()
    {
        await using var repository = await StartAsync();
        await RotationOf(repository).RotateAsync(Cancellation);

        var release = await File.ReadAllTextAsync(Path.Combine(repository.Layout.Dists, "canary/Release"));
        var served = await repository.Http.GetByteArrayAsync("repository/canary-archive-keyring.pgp", Cancellation);

        served.ShouldBe(await File.ReadAllBytesAsync(repository.Layout.Keyring));
        release.ShouldContain($"\nCanary-Keyring: {KeysOf(repository).Now.KeyringSha256}\n");
        ArchiveKey.FingerprintsOf(served).Count.ShouldBe(2);
    }

    /// <summary>All that the host needs is a release while both keys sign.</summary>
    [Fact]
    public async Task Host_that_was_prepared_with_the_old_key_takes_the_new_one_by_itself()
    {
        const string keyring = "etc/apt/keyrings/canary-archive-keyring.pgp";
        await using var repository = await StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var keys = KeysOf(repository);
        await using var machine = await EmptyMachine.StartAsync();
        var fingerprint = keys.Now.Current.Fingerprint;
        (await machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();

        await RotationOf(repository).RotateAsync(Cancellation);
        (await machine.ApplyAsRootAsync("v1", "install", "shop", "1.0", "60")).EnsureSuccess();
        (await File.ReadAllBytesAsync(machine.PathOf(keyring))).ShouldBe(keys.Now.Keyring);

        await RotationOf(repository).RetireAsync(early: true, Cancellation);
        await repository.ReleaseAsync("shop", "2.0");
        (await machine.ApplyAsRootAsync("v1", "install", "shop", "2.0", "60")).EnsureSuccess();
        (await File.ReadAllBytesAsync(machine.PathOf(keyring))).ShouldBe(keys.Now.Keyring);
        ArchiveKey.FingerprintsOf(keys.Now.Keyring).Count.ShouldBe(1);
    }

    /// <summary>As in a chroot without <c>/proc</c>.</summary>
    [Fact]
    public async Task Host_without_file_descriptors_by_name_takes_the_new_key()
    {
        const string keyring = "etc/apt/keyrings/canary-archive-keyring.pgp";
        await using var repository = await StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var keys = KeysOf(repository);
        await using var machine = await EmptyMachine.StartAsync();
        var fingerprint = keys.Now.Current.Fingerprint;
        (await machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();
        (await machine.RunAsync("/bin/rm", "/dev/fd")).EnsureSuccess();
        (await machine.ApplyAsRootAsync("v1", "install", "shop", "1.0", "60")).EnsureSuccess();

        await RotationOf(repository).RotateAsync(Cancellation);
        await repository.ReleaseAsync("shop", "2.0");
        var applied = await machine.ApplyAsRootAsync("v1", "install", "shop", "2.0", "60");
        applied.EnsureSuccess().Text.ShouldNotContain("/dev/fd");

        (await File.ReadAllBytesAsync(machine.PathOf(keyring))).ShouldBe(keys.Now.Keyring);
    }

    /// <summary>Who has the retired key, and answers in the repository's place.</summary>
    [Fact]
    public async Task Last_suite_of_a_retired_key_does_not_bring_it_back()
    {
        const string keyring = "etc/apt/keyrings/canary-archive-keyring.pgp";
        // What is signed in the future is refused.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1));
        await using var repository = await Repository.StartAsync(_data.Path, time);
        await repository.ReleaseAsync("shop", "1.0");
        var keys = KeysOf(repository);
        await using var machine = await EmptyMachine.StartAsync();
        var fingerprint = keys.Now.Current.Fingerprint;
        (await machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();
        await RotationOf(repository).RotateAsync(Cancellation);
        (await machine.ApplyAsRootAsync("v1", "install", "shop", "1.0", "60")).EnsureSuccess();
        var suite = new FileInfo(Path.Combine(repository.Layout.Dists, "production"));
        var signedByBoth = suite.LinkTarget!;
        var retired = await File.ReadAllBytesAsync(keys.CurrentFile, Cancellation);
        time.Advance(TimeSpan.FromMinutes(1));
        await RotationOf(repository).RetireAsync(early: true, Cancellation);
        await repository.ReleaseAsync("shop", "2.0");
        (await machine.ApplyAsRootAsync("v1", "install", "shop", "2.0", "60")).EnsureSuccess();
        var alone = keys.Now.Keyring;
        (await File.ReadAllBytesAsync(machine.PathOf(keyring))).ShouldBe(alone);

        suite.Delete();
        File.CreateSymbolicLink(suite.FullName, signedByBoth);
        File.Move(keys.CurrentFile, keys.NextFile);
        await File.WriteAllBytesAsync(keys.CurrentFile, retired, Cancellation);
        keys.Now.All.Count.ShouldBe(2);
        var refused = await machine.ApplyAsRootAsync("v1", "install", "shop", "3.0", "60");

        refused.Output.ShouldContain("does not list shop 3.0");
        (await File.ReadAllBytesAsync(machine.PathOf(keyring))).ShouldBe(alone);
    }

    [Fact]
    public async Task What_apt_knew_of_a_suite_comes_back_when_it_gets_no_other()
    {
        await using var machine = await EmptyMachine.StartAsync();
        string release;
        await using (var repository = await StartAsync())
        {
            await repository.ReleaseAsync("shop", "1.0");
            var fingerprint = KeysOf(repository).Now.Current.Fingerprint;
            (await machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();
            (await machine.ApplyAsRootAsync("v1", "install", "shop", "1.0", "60")).EnsureSuccess();
            release = Directory.GetFiles(machine.PathOf("var/lib/apt/lists"), "*_InRelease").Single();
        }

        // As it was cut short in between.
        var aside = Directory.CreateDirectory(machine.PathOf("var/lib/canary-apply/private/forgotten")).FullName;
        await File.WriteAllTextAsync(Path.Combine(aside, ".directory"), "/var/lib/apt/lists");
        File.Move(release, Path.Combine(aside, Path.GetFileName(release)));

        (await machine.ApplyAsRootAsync("v1", "install", "shop", "1.0", "60")).ExitCode.ShouldNotBe(0);

        File.Exists(release).ShouldBeTrue();
        Directory.Exists(aside).ShouldBeFalse();
    }

    [Fact]
    public async Task Rotating_twice_makes_one_key()
    {
        await using var repository = await StartAsync();
        await RotationOf(repository).RotateAsync(Cancellation);
        var next = KeysOf(repository).Now.Next!.Fingerprint;

        await RotationOf(repository).RotateAsync(Cancellation);

        KeysOf(repository).Now.Next!.Fingerprint.ShouldBe(next);
        File.GetUnixFileMode(KeysOf(repository).NextFile).ShouldBe(FileModes.Private);
    }

    [Fact]
    public async Task Old_key_is_not_retired_before_hosts_had_the_time()
    {
        await using var repository = await StartAsync();
        (
            await Should.ThrowAsync<CanaryException>(() =>
                RotationOf(repository).RetireAsync(early: true, Cancellation)
            )
        ).Code.ShouldBe("key-not-rotating");

        await RotationOf(repository).RotateAsync(Cancellation);
        var refused = await Should.ThrowAsync<CanaryException>(() =>
            RotationOf(repository).RetireAsync(early: false, Cancellation)
        );

        refused.Code.ShouldBe("key-rotation-too-young");
        refused.Remedy.ShouldContain("--force");
        KeysOf(repository).Now.All.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Rotation_that_was_cut_short_is_completed_at_the_next_start()
    {
        string old;
        await using (var repository = await StartAsync())
        {
            await repository.ReleaseAsync("shop", "1.0");
            old = KeysOf(repository).Now.Current.Fingerprint;
            // All that was done when it died.
            KeysOf(repository)
                .MakeNext(NewKey.From(new RepositoryPublisherOptions()), TimeProvider.System.GetUtcNow());
        }

        await using (var repository = await StartAsync())
        {
            var keys = KeysOf(repository);
            keys.Now.Current.Fingerprint.ShouldBe(old);
            (await CheckAsync(repository)).Status.ShouldBe(HealthStatus.Healthy);
            using var host = Host(repository, keys.Now.Next!.PublicKey);
            (await host.UpdateAsync()).EnsureSuccess();
            keys.Retire();
        }

        await using (var repository = await StartAsync())
        {
            KeysOf(repository).Now.All.Count.ShouldBe(1);
            KeysOf(repository).Now.Current.Fingerprint.ShouldNotBe(old);
            (await CheckAsync(repository)).Status.ShouldBe(HealthStatus.Healthy);
            (await File.ReadAllBytesAsync(repository.Layout.Keyring)).ShouldBe(KeysOf(repository).Now.Keyring);
            using var host = repository.Host();
            (await host.UpdateAsync()).EnsureSuccess();
            (await host.VersionsAsync("shop")).ShouldBe(["1.0"]);
        }
    }

    [Fact]
    public async Task Another_replica_signs_with_a_key_that_was_made_elsewhere()
    {
        await using var repository = await StartAsync();
        var elsewhere = new SigningKeys(repository.Layout);

        elsewhere.MakeNext(NewKey.From(new RepositoryPublisherOptions()), TimeProvider.System.GetUtcNow());
        KeysOf(repository).Now.All.Count.ShouldBe(2);

        elsewhere.Retire();
        KeysOf(repository).Now.All.Select(key => key.Fingerprint).ShouldBe([elsewhere.Now.Current.Fingerprint]);
    }

    [Theory]
    [InlineData(9, HealthStatus.Healthy, "signs canary, production")]
    [InlineData(31, HealthStatus.Degraded, "expires on")]
    [InlineData(41, HealthStatus.Unhealthy, "has expired on")]
    public async Task Doctor_warns_before_a_key_expires_and_fails_afterwards(
        int days,
        HealthStatus status,
        string words
    )
    {
        await using var repository = await StartAsync("signing:expiresAfter=40.00:00:00", "validFor=365.00:00:00");
        var late = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(days));

        var result = await ActivatorUtilities
            .CreateInstance<SigningCheck>(repository.Services, late)
            .CheckHealthAsync(new HealthCheckContext(), Cancellation);

        result.Status.ShouldBe(status);
        result.Description.ShouldNotBeNull().ShouldContain(words);
    }

    [Fact]
    public async Task Doctor_names_both_keys_and_when_the_old_one_can_go()
    {
        await using var repository = await StartAsync();
        await RotationOf(repository).RotateAsync(Cancellation);

        var check = await CheckAsync(repository);

        check.Status.ShouldBe(HealthStatus.Healthy);
        KeysOf(repository).Now.All.ShouldAllBe(key => check.Detail.Contains(key.Fingerprint));
        check.Detail.ShouldContain("canary repo keys retire");
        check.Detail.ShouldContain($"{KeysOf(repository).Now.KeyringSha256}.");
    }

    public void Dispose() => _data.Dispose();

    private Task<Repository> StartAsync(params string[] settings) =>
        Repository.StartAsync(_data.Path, settings: settings);

    private static SigningKeys KeysOf(Repository repository) => repository.Services.GetRequiredService<SigningKeys>();

    private static KeyRotation RotationOf(Repository repository) =>
        repository.Services.GetRequiredService<KeyRotation>();

    private static AptHost Host(Repository repository, byte[] keyring) => new(repository.RepositoryAddress, keyring);

    private static async Task<HostCheck> CheckAsync(Repository repository) =>
        (await repository.Services.GetRequiredService<HostChecks>().RunAsync(Cancellation)).Single(check =>
            check.Name == "signing-key"
        );
}
