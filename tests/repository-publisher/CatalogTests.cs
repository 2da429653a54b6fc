using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>What the publisher tells people of the repository, by the routes that ingress asks.</summary>
public sealed class CatalogTests : IAsyncLifetime
{
    private Repository _repository = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _repository = await Repository.StartAsync(settings: ["RetainedVersions=1"]);

    public ValueTask DisposeAsync() => _repository.DisposeAsync();

    [Fact]
    public async Task List_says_whose_packages_are_and_what_suites_offer()
    {
        await _repository.ReleaseAsync("shop", "1.9");
        await _repository.ReleaseAsync("shop", "1.10");
        await _repository.ReleaseAsync("shop", "1.9", "canary");
        await _repository.PublishAsync("mail", "1.0");

        var list = await GetAsync<CatalogList>("packages");

        list.Suites.ShouldBe(["canary", "production"]);
        list.Files.ShouldBe(3);
        list.Packages.Select(it => it.Name).ShouldBe(["mail", "shop"]);
        var shop = list.Packages[1];
        shop.Application.ShouldBe("shop");
        shop.Versions.ShouldBe(2);
        shop.Offered.ShouldBe([new OfferedVersion("canary", "1.9", 1), new OfferedVersion("production", "1.10", 2)]);
        list.Size.ShouldBe(list.Packages.Sum(it => it.Size));
        (await GetAsync<CatalogList>("packages?suite=canary")).Packages.Single().Name.ShouldBe("shop");
    }

    [Fact]
    public async Task Show_says_of_each_file_which_suites_list_it()
    {
        await _repository.ReleaseAsync("shop", "1.9");
        await _repository.ReleaseAsync("shop", "1.10");

        var package = await GetAsync<CatalogPackage>("packages/shop");

        package.Files.Select(it => it.Version).ShouldBe(["1.10", "1.9"]);
        package.Files[0].Suites.ShouldBe([new ListedIn("production", IsOffered: true, 100)]);
        package.Files[1].Suites.ShouldBe([new ListedIn("production", IsOffered: false, 100)]);
        package.Files[0].Stanza.ShouldContain($"SHA256: {package.Files[0].Sha256}");
        (await GetAsync<CatalogPackage>("packages/shop?version=1.9")).Files.Single().Version.ShouldBe("1.9");
    }

    [Theory]
    [InlineData("packages/shop")]
    [InlineData("files/0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        using var answer = await _repository.Http.GetAsync($"internal/repository/{path}", Cancellation);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(Cancellation)).ShouldContain("package-unknown");
    }

    [Fact]
    public async Task File_is_found_by_its_checksum()
    {
        var package = await _repository.PublishAsync(
            DebPackage.Create("shop-web", "1.0"),
            new Publication("shop", Repository: null, IsConfigured: false)
        );

        var origin = await GetAsync<CatalogOrigin>($"files/{package.Sha256}");

        origin.Application.ShouldBe("shop");
        origin.File.Package.ShouldBe("shop-web");
        origin.Fingerprints.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Verification_of_a_repository_as_it_should_be_finds_nothing()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        await _repository.ReleaseAsync("shop", "1.0", "canary");

        var found = await VerifyAsync();

        found.Faults.ShouldBeEmpty();
        (found.Suites, found.Indexes, found.Files).ShouldBe((2, 6, 1));
        found.Size.ShouldBe((await GetAsync<CatalogList>("packages")).Size);
        (await VerifyAsync("?quick=true")).Size.ShouldBe(0);
    }

    [Fact]
    public async Task Verification_names_whatever_is_wrong()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        await _repository.ReleaseAsync("shop", "2.0");
        await _repository.ReleaseAsync("mail", "1.0");
        var files = (await GetAsync<CatalogPackage>("packages/shop")).Files;
        Spoil(PathOf(files[0].FileName));
        File.Delete(PathOf(files[1].FileName));
        await File.AppendAllTextAsync(PathOf("pool/main/m/mail/mail_1.0_all.deb"), "more", Cancellation);
        await File.WriteAllTextAsync(PathOf("pool/main/m/mail/mail_9.9_all.deb"), "a stranger", Cancellation);
        Spoil(_repository.IndexFile("production"));
        var release = Path.Combine(_repository.Layout.Dists, "canary", "Release.gpg");
        File.Copy(Path.Combine(_repository.Layout.Dists, "production", "Release.gpg"), release, overwrite: true);

        var found = await VerifyAsync();

        found
            .Faults.Select(it => it.Code)
            .Distinct()
            .ShouldBe(
                [
                    "suite-unsigned",
                    "index-damaged",
                    "index-differs",
                    "pool-file-damaged",
                    "pool-file-missing",
                    "pool-file-unknown",
                ],
                ignoreOrder: true
            );
        found.FaultCount.ShouldBe(found.Faults.Count);
        found.Faults.Count(it => it.Code == "pool-file-damaged").ShouldBe(2);
        found.Faults.ShouldAllBe(it => it.Remedy.Length > 0);
    }

    [Theory]
    [InlineData("Date: ")]
    [InlineData("Valid-Until: ")]
    [InlineData("SHA256:\n ")]
    public async Task Verification_goes_on_past_a_release_file_that_it_cannot_understand(string spoiled)
    {
        await _repository.ReleaseAsync("shop", "1.0");
        foreach (var suite in new[] { "canary", "production" })
        {
            var path = Path.Combine(_repository.Layout.Dists, suite, "Release");
            var release = await File.ReadAllTextAsync(path, Cancellation);
            await File.WriteAllTextAsync(
                path,
                release.Replace(spoiled, $"{spoiled}x y", StringComparison.Ordinal),
                Cancellation
            );
        }

        Spoil(PathOf("pool/main/s/shop/shop_1.0_all.deb"));

        var found = await VerifyAsync();

        var codes = found.Faults.Select(it => it.Code).ToList();
        codes.Count(code => code == "suite-unsigned").ShouldBe(2);
        codes
            .Count(code => code == "suite-damaged")
            .ShouldBe(spoiled.StartsWith("SHA256", StringComparison.Ordinal) ? 0 : 2);
        codes.ShouldContain("pool-file-damaged");
        found.Faults.ShouldAllBe(it => it.Remedy.Length > 0);
    }

    [Fact]
    public async Task Verification_sees_a_suite_that_has_lapsed()
    {
        await using var scope = _repository.Services.CreateAsyncScope();
        var verifier = ActivatorUtilities.CreateInstance<RepositoryVerifier>(scope.ServiceProvider, In(days: 8));

        var found = await verifier.VerifyAsync(readsFiles: true, Cancellation);

        found.Faults.Select(it => it.Code).ShouldBe(["suite-lapsed", "suite-lapsed"]);
    }

    [Fact]
    public async Task Only_what_nobody_needs_is_garbage_and_it_goes_when_it_is_told_to()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        foreach (var version in new[] { "0.7", "0.8", "0.9" })
        {
            await _repository.PublishAsync("shop", version);
        }

        await _repository.Pool.KeepAsync(
            new KeepVersions
            {
                RequestId = Guid.NewGuid(),
                RolloutId = Guid.NewGuid(),
                Application = "shop",
                Number = 1,
                Versions = [new ListedVersion("shop", "0.9")],
            },
            Cancellation
        );
        await File.WriteAllTextAsync(PathOf("pool/main/s/shop/shop_0.1_all.deb"), "a stranger", Cancellation);
        using var answer = await _repository.Http.GetAsync("internal/repository/garbage", Cancellation);
        (await answer.Content.ReadFromJsonAsync<Garbage>(Cancellation))!.Files.Single().Package.ShouldBeNull();

        var later = ActivatorUtilities.CreateInstance<PackagePool>(_repository.Services, In(days: 31));
        var garbage = await later.CollectAsync(removes: false, Cancellation);

        garbage.IsRemoved.ShouldBeFalse();
        garbage.Files.Select(it => it.Version).ShouldBe(["0.7", "0.8", null]);
        garbage.Files.ShouldAllBe(it => File.Exists(PathOf(it.FileName)));

        var removed = await later.CollectAsync(removes: true, Cancellation);

        removed.IsRemoved.ShouldBeTrue();
        removed.Files.ShouldBe(garbage.Files);
        removed.Files.ShouldAllBe(it => !File.Exists(PathOf(it.FileName)));
        (await GetAsync<CatalogPackage>("packages/shop")).Files.Select(it => it.Version).ShouldBe(["1.0", "0.9"]);
        (await VerifyAsync()).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_are_rotated_and_retired_by_request()
    {
        (await GetAsync<KeyList>("keys")).Keys.Select(key => key.Role).ShouldBe(["current"]);

        using var rotated = await _repository.Http.PostAsync("internal/repository/keys/rotation", null, Cancellation);
        var keys = (await rotated.Content.ReadFromJsonAsync<KeyList>(Cancellation))!;
        keys.Keys.Select(key => key.Role).ShouldBe(["current", "next"]);
        keys.RetirableFrom.ShouldBe(keys.Keys[1].CreatedAt + TimeSpan.FromDays(7));

        using var early = await _repository.Http.DeleteAsync("internal/repository/keys/rotation", Cancellation);
        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);

        using var forced = await _repository.Http.DeleteAsync(
            "internal/repository/keys/rotation?early=true",
            Cancellation
        );
        forced.EnsureSuccessStatusCode();
        (await GetAsync<KeyList>("keys")).Keys.Single().Fingerprint.ShouldBe(keys.Keys[1].Fingerprint);
    }

    [Fact]
    public async Task Only_services_are_answered()
    {
        using var stranger = new HttpClient { BaseAddress = _repository.Address };

        (await stranger.GetAsync("internal/repository/packages", Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.Unauthorized
        );
        (await stranger.PostAsync("internal/repository/keys/rotation", null, Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.Unauthorized
        );
    }

    /// <summary>A clock that is ahead. Turning that of the whole host would let years of timers run.</summary>
    private static FakeTimeProvider In(int days) => new(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(days));

    private string PathOf(string fileName) => Path.Combine(_repository.Layout.Public, fileName);

    private static void Spoil(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        // The pool and the upload are one file.
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    private async Task<T> GetAsync<T>(string path) =>
        (await _repository.Http.GetFromJsonAsync<T>($"internal/repository/{path}", Cancellation))!;

    private async Task<Verification> VerifyAsync(string query = "")
    {
        using var answer = await _repository.Http.PostAsync(
            $"internal/repository/verification{query}",
            null,
            Cancellation
        );
        return (await answer.Content.ReadFromJsonAsync<Verification>(Cancellation))!;
    }
}
