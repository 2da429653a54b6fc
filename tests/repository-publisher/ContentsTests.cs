using System.IO.Compression;
using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Contents;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>Which package brings which file.</summary>
public sealed class ContentsTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();
    private Repository _repository = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ContentsWriter Writer => _repository.Services.GetRequiredService<ContentsWriter>();

    public async ValueTask InitializeAsync() => _repository = await Repository.StartAsync(_data.Path);

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Apt_file_finds_the_package_that_brings_a_file()
    {
        await InstalledPackages.RequireAsync("apt-file");
        await _repository.ReleaseAsync("shop", "1.0");
        await _repository.ReleaseAsync("mail", "1.0");
        await Writer.RefreshAsync(Cancellation);
        using var host = _repository.Host();
        host.FollowContents();

        (await host.UpdateAsync()).EnsureSuccess();

        (await host.PackagesWithAsync("opt/shop/version")).ShouldBe(["shop: /opt/shop/version"]);
        (await host.PackagesWithAsync("/version")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Only_what_is_offered_is_listed_and_a_release_does_not_wait_for_it()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        Lines("all").ShouldBeNull();
        await Writer.RefreshAsync(Cancellation);
        Lines("all").ShouldBe(["opt/shop/version shop"]);
        var before = _repository.Generation("production");
        var kept = LinkOf("all");

        await _repository.ReleaseAsync("shop", "2.0");
        LinkOf("all").ShouldBe(kept);
        _repository.Generation("production").ShouldBe(before + 1);

        await Writer.RefreshAsync(Cancellation);
        await Writer.RefreshAsync(Cancellation);
        _repository.Generation("production").ShouldBeLessThanOrEqualTo(before + 2);
        Lines("all").ShouldBe(["opt/shop/version shop"]);
        Lines("amd64").ShouldBe([]);
    }

    [Fact]
    public async Task They_outlast_a_restart_and_are_as_signed()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        await Writer.RefreshAsync(Cancellation);
        var kept = LinkOf("all");
        await _repository.DisposeAsync();

        _repository = await Repository.StartAsync(_data.Path);
        await _repository.Services.GetRequiredService<SuiteWriter>().MaintainAsync(renew: true, Cancellation);

        LinkOf("all").ShouldBe(kept);
        Lines("all").ShouldBe(["opt/shop/version shop"]);
        var found = await _repository.InScopeAsync(services =>
            services.GetRequiredService<RepositoryVerifier>().VerifyAsync(readsFiles: true, Cancellation)
        );
        found.Faults.ShouldBeEmpty();
        found.Indexes.ShouldBe(12);
    }

    [Fact]
    public async Task Where_they_are_switched_off_they_go()
    {
        await _repository.ReleaseAsync("shop", "1.0");
        await Writer.RefreshAsync(Cancellation);
        await _repository.DisposeAsync();

        _repository = await Repository.StartAsync(_data.Path, settings: ["Contents=false"]);
        await Writer.RefreshAsync(Cancellation);

        Lines("all").ShouldBeNull();
        using var host = _repository.Host();
        (await host.UpdateAsync()).EnsureSuccess();
    }

    private string PathOf(string architecture) =>
        Path.Combine(_repository.Layout.Dists, "production", "main", $"Contents-{architecture}.gz");

    private string? LinkOf(string architecture) => Path.GetFileName(new FileInfo(PathOf(architecture)).LinkTarget);

    private string[]? Lines(string architecture)
    {
        if (!File.Exists(PathOf(architecture)))
        {
            return null;
        }

        using var gzip = new GZipStream(File.OpenRead(PathOf(architecture)), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
