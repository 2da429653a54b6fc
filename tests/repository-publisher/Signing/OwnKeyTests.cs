using Canary.Failures;
using Canary.Hosting.Health;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests.Signing;

/// <summary>A repository is signed with its own key or not at all, and the doctor compares what hosts see.</summary>
public sealed class OwnKeyTests : IDisposable
{
    private readonly TempDirectory _data = new();

    private string KeyFile => _data.Combine("repository-publisher/keys/archive-key.pgp");

    private string Keyring => _data.Combine("repository-publisher/public/canary-archive-keyring.pgp");

    [Fact]
    public async Task Lost_key_of_a_repository_is_not_replaced()
    {
        await MakeRepositoryAsync();
        File.Delete(KeyFile);

        await ShouldNotStartAsync("archive-key-lost", KeyFile);

        File.Exists(KeyFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Lost_key_is_not_replaced_either_where_only_the_suites_are_left()
    {
        await MakeRepositoryAsync();
        File.Delete(KeyFile);
        File.Delete(Keyring);

        await ShouldNotStartAsync("archive-key-lost", KeyFile);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Key_of_another_repository_is_refused(bool hasKeyring)
    {
        await MakeRepositoryAsync();
        using var other = new TempDirectory();
        await using (await Repository.StartAsync(other.Path)) { }

        File.Copy(other.Combine("repository-publisher/keys/archive-key.pgp"), KeyFile, overwrite: true);
        if (!hasKeyring)
        {
            File.Delete(Keyring);
        }

        await ShouldNotStartAsync("archive-key-foreign", KeyFile);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    public async Task Damaged_keyring_is_written_anew_with_the_repositorys_own_key(string content)
    {
        await MakeRepositoryAsync();
        var before = await File.ReadAllBytesAsync(Keyring);
        await File.WriteAllTextAsync(Keyring, content);

        await using (await Repository.StartAsync(_data.Path)) { }

        (await File.ReadAllBytesAsync(Keyring)).ShouldBe(before);
    }

    [Fact]
    public async Task Lost_database_does_not_empty_the_repository()
    {
        await using (var repository = await Repository.StartAsync(_data.Path))
        {
            await repository.ReleaseAsync("shop", "1.0");
        }

        using var left = new TempDirectory();
        left.CreateDirectory("repository-publisher");
        foreach (var directory in new[] { "keys", "public" })
        {
            await ProcessRunner.OutputOfAsync(
                "cp",
                ["-a", _data.Combine("repository-publisher", directory), left.Combine("repository-publisher")]
            );
        }

        await ShouldNotStartAsync("repository-store-lost", left.Combine("repository-publisher/public"), left);

        (await File.ReadAllTextAsync(left.Combine("repository-publisher/public/dists/production/Release"))).ShouldBe(
            await File.ReadAllTextAsync(_data.Combine("repository-publisher/public/dists/production/Release"))
        );
    }

    /// <summary>As docs/security.md has it for a key that was stolen.</summary>
    [Fact]
    public async Task Key_is_replaced_on_purpose_and_the_repository_stays_as_it_was()
    {
        string before;
        await using (var repository = await Repository.StartAsync(_data.Path))
        {
            await repository.ReleaseAsync("shop", "1.0");
            before = await File.ReadAllTextAsync(repository.Layout.Fingerprint);
        }

        File.Delete(KeyFile);
        File.Delete(Keyring);
        File.Delete(Path.ChangeExtension(Keyring, ".asc"));
        Directory.Move(_data.Combine("repository-publisher/public/dists"), _data.Combine("dists-of-before"));

        await using var replaced = await Repository.StartAsync(_data.Path);
        var after = await File.ReadAllTextAsync(replaced.Layout.Fingerprint);
        after.ShouldNotBe(before);
        (await CheckAsync(replaced)).Detail.ShouldContain(after.Trim());
        using var host = replaced.Host();
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.VersionsAsync("shop")).ShouldBe(["1.0"]);
    }

    [Fact]
    public async Task Doctor_names_the_key_that_signs_every_suite()
    {
        await using var repository = await Repository.StartAsync(_data.Path);

        var check = await CheckAsync(repository);

        check.Status.ShouldBe(HealthStatus.Healthy);
        check.Detail.ShouldContain(repository.Services.GetRequiredService<SigningKeys>().Now.Current.Fingerprint);
        check.Detail.ShouldContain("canary, production");
    }

    [Fact]
    public async Task Doctor_sees_a_key_a_keyring_and_a_suite_that_do_not_fit()
    {
        await using var repository = await Repository.StartAsync(_data.Path);
        using var other = new TempDirectory();
        await using (await Repository.StartAsync(other.Path)) { }

        var signature = _data.Combine("repository-publisher/public/dists/canary/Release.gpg");
        File.Copy(other.Combine("repository-publisher/public/dists/canary/Release.gpg"), signature, overwrite: true);
        await ShouldBeIllAsync(repository, "suite canary is not signed");

        File.Copy(other.Combine("repository-publisher/public/canary-archive-keyring.pgp"), Keyring, overwrite: true);
        await ShouldBeIllAsync(repository, $"{Keyring} is not the key that signs");

        File.Delete(KeyFile);
        await ShouldBeIllAsync(repository, $"{KeyFile} is gone");
    }

    [Fact]
    public async Task Doctor_sees_a_repository_from_the_future_and_one_from_the_past()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var repository = await Repository.StartAsync(_data.Path, time);

        var late = new FakeTimeProvider(time.GetUtcNow() + TimeSpan.FromDays(8));
        await ShouldBeIllAsync(repository, "has lapsed", late);
        var early = new FakeTimeProvider(time.GetUtcNow() - TimeSpan.FromHours(1));
        await ShouldBeIllAsync(repository, "is in the future", early);
    }

    public void Dispose() => _data.Dispose();

    private async Task MakeRepositoryAsync()
    {
        await using var repository = await Repository.StartAsync(_data.Path);
    }

    private async Task ShouldNotStartAsync(string code, string place, TempDirectory? data = null)
    {
        var fault = await Should.ThrowAsync<CanaryException>(() => Repository.StartAsync((data ?? _data).Path));
        fault.Code.ShouldBe(code);
        fault.Message.ShouldContain(place);
        fault.Remedy.ShouldContain("backup");
    }

    private static async Task ShouldBeIllAsync(Repository repository, string words, TimeProvider? time = null)
    {
        if (time is null)
        {
            var check = await CheckAsync(repository);
            check.Status.ShouldBe(HealthStatus.Unhealthy);
            check.Detail.ShouldContain(words);
            check.Remedy.ShouldNotBeNull();
            return;
        }

        var result = await ActivatorUtilities
            .CreateInstance<SigningCheck>(repository.Services, time)
            .CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldNotBeNull().ShouldContain(words);
    }

    private static async Task<HostCheck> CheckAsync(Repository repository)
    {
        var checks = await repository
            .Services.GetRequiredService<HostChecks>()
            .RunAsync(TestContext.Current.CancellationToken);
        return checks.Single(check => check.Name == "signing-key");
    }
}
