using System.Net;
using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>On a file system of a few hundred kilobytes, which takes root to mount.</summary>
public sealed class DiskFullTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();
    private Repository _repository = null!;

    private string Place => _data.Combine("repository-publisher");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        foreach (var directory in new[] { "incoming", "public" })
        {
            _data.CreateDirectory("repository-publisher", directory);
        }

        // The database stands outside: what fails here are the files.
        foreach (var directory in new[] { "incoming", "public" })
        {
            await ProcessRunner.OutputOfAsync(
                "mount",
                ["-t", "tmpfs", "-o", "size=512k", "canary-test", Path.Combine(Place, directory)]
            );
        }

        _repository = await Repository.StartAsync(_data.Path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_repository is not null)
        {
            await _repository.DisposeAsync();
            foreach (var directory in new[] { "incoming", "public" })
            {
                await ProcessRunner.RunAsync("umount", [Path.Combine(Place, directory)]);
            }
        }

        _data.Dispose();
    }

    [Fact]
    public async Task Upload_to_a_full_disk_is_refused_and_leaves_nothing()
    {
        var package = DebPackage.Create(content: Convert.ToBase64String(RandomBytes(1 << 20)));
        using var content = new ByteArrayContent(package.Bytes);

        using var response = await _repository.Http.PutAsync(
            new Uri($"/internal/packages/{package.Sha256}", UriKind.Relative),
            content
        );

        response.StatusCode.ShouldBe(HttpStatusCode.InsufficientStorage);
        (await response.Content.ReadAsStringAsync()).ShouldContain("disk-full");
        Directory.GetFiles(_repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task Advertisement_on_a_full_disk_changes_nothing_and_can_be_repeated()
    {
        await SeedAsync("1.0");
        await SeedAsync("2.0");
        await _repository.AdvertiseAsync("shop", "1.0");
        var generation = _repository.Generation("production");
        var ballast = Path.Combine(_repository.Layout.Public, "ballast");
        Fill(ballast);

        var refused = await _repository.AdvertiseAsync("shop", "2.0");

        refused.ShouldBeOfType<AdvertisingFailed>().Failure.Code.ShouldBe("disk-full");
        _repository.Generation("production").ShouldBe(generation);
        _repository.Listed("production").ShouldBe(["shop 1.0"]);
        Directory
            .GetFileSystemEntries(_repository.Layout.SuiteOf("production"), "*.part", SearchOption.AllDirectories)
            .ShouldBeEmpty();

        File.Delete(ballast);
        (await _repository.AdvertiseAsync("shop", "2.0")).ShouldBeOfType<VersionAdvertised>();
        _repository.Listed("production").ShouldBe(["shop 1.0", "shop 2.0"]);
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path, bufferSize: 1);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full, as it shall be.
        }
    }

    /// <summary>Into the store only: pool and uploads are on two file systems here, which no file can be linked
    /// across.</summary>
    private Task<int> SeedAsync(string version) =>
        _repository.InStoreAsync(store =>
        {
            var package = DebPackage.Create("shop", version);
            var path = _data.Combine("package.deb");
            File.WriteAllBytes(path, package.Bytes);
            store.Packages.Add(
                RepositoryPublisher.Pool.PoolPackage.From(
                    RepositoryPublisher.Packages.DebFile.Read(path),
                    package.Sha256,
                    package.Bytes.Length,
                    TimeProvider.System.GetUtcNow()
                )
            );
            return store.SaveChangesAsync();
        });
}
