using Canary.Contracts.Packaging;
using Canary.Failures;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Tests.Pool;

public sealed class PackagePoolTests
{
    [Theory]
    [InlineData("shop", "1.0", "pool/main/s/shop/shop_1.0_all.deb")]
    [InlineData("libshop1", "1:2.0-1", "pool/main/libs/libshop1/libshop1_2.0-1_all.deb")]
    [InlineData("lib", "1.0~rc1+b2", "pool/main/lib/lib/lib_1.0~rc1+b2_all.deb")]
    public async Task Package_is_where_Debian_has_it(string name, string version, string path)
    {
        await using var repository = await Repository.StartAsync(settings: ["Admission:Epochs:0=libshop1"]);
        var package = await repository.PublishAsync(name, version);

        (await File.ReadAllBytesAsync(Path.Combine(repository.Layout.Public, path))).ShouldBe(package.Bytes);
        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task Publishing_again_changes_nothing()
    {
        await using var repository = await Repository.StartAsync();
        var package = await repository.PublishAsync("shop", "1.0");

        await repository.TakeInAsync(package);
        await repository.PublishAsync(package);

        (await repository.InStoreAsync(store => store.Packages.CountAsync())).ShouldBe(1);
        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_a_disk_has_lost_comes_back_when_it_is_brought_again()
    {
        await using var repository = await Repository.StartAsync();
        var package = await repository.PublishAsync("shop", "1.0");
        var file = Path.Combine(repository.Layout.Public, "pool/main/s/shop/shop_1.0_all.deb");
        File.Delete(file);

        await repository.PublishAsync(package);

        (await File.ReadAllBytesAsync(file)).ShouldBe(package.Bytes);
        (await repository.InStoreAsync(store => store.Packages.CountAsync())).ShouldBe(1);
        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task Other_file_under_a_published_version_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        var first = await repository.PublishAsync("shop", "1.0");

        var fault = await RefusalAsync(repository, DebPackage.Create("shop", "1.0", content: "other"));

        fault.Code.ShouldBe("version-taken");
        fault.Message.ShouldContain(first.Sha256);
        (
            await File.ReadAllBytesAsync(Path.Combine(repository.Layout.Public, "pool/main/s/shop/shop_1.0_all.deb"))
        ).ShouldBe(first.Bytes);
    }

    [Fact]
    public async Task Versions_that_differ_in_epoch_only_are_refused()
    {
        await using var repository = await Repository.StartAsync(settings: ["Admission:Epochs:0=shop"]);
        await repository.PublishAsync("shop", "1.0");

        (await RefusalAsync(repository, DebPackage.Create("shop", "1:1.0"))).Code.ShouldBe("version-taken");
    }

    [Fact]
    public async Task Message_that_says_other_than_the_package_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create("shop", "1.0");
        foreach (
            var lie in new[]
            {
                package.Reference with
                {
                    Name = "other",
                },
                package.Reference with
                {
                    Version = "2.0",
                },
                package.Reference with
                {
                    Architecture = "amd64",
                },
                package.Reference with
                {
                    Size = 1,
                },
            }
        )
        {
            (await RefusalAsync(repository, package with { Reference = lie })).Code.ShouldBe("package-mismatch");
        }

        Directory.Exists(Path.Combine(repository.Layout.Public, "pool")).ShouldBeFalse();
    }

    [Fact]
    public async Task Package_that_was_not_uploaded_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        foreach (var sha256 in new[] { new string('0', 64), "../../../etc/passwd", "" })
        {
            var package = DebPackage.Create();
            package = package with { Reference = package.Reference with { Sha256 = sha256 } };
            (await Should.ThrowAsync<CanaryException>(() => repository.TakeInAsync(package))).Code.ShouldBe(
                "package-not-uploaded"
            );
        }
    }

    [Fact]
    public async Task Architecture_without_an_index_is_refused()
    {
        await using var repository = await Repository.StartAsync();

        var fault = await RefusalAsync(repository, DebPackage.Create(architecture: "riscv64"));

        fault.Code.ShouldBe("architecture-unknown");
        fault.Remedy.ShouldContain("architectures");
    }

    [Fact]
    public async Task Publication_that_a_crash_interrupted_is_completed_by_its_repeat()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create();
        var path = Path.Combine(repository.Layout.Public, "pool/main/s/shop/shop_1.0_all.deb");
        using var bytes = new MemoryStream(package.Bytes);
        await repository.Uploads.StoreAsync(package.Sha256, bytes, CancellationToken.None);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "left by a crash");
        await File.WriteAllTextAsync($"{path}.part", "left by a crash");

        await repository.TakeInAsync(package);

        (await File.ReadAllBytesAsync(path)).ShouldBe(package.Bytes);
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path]);
    }

    private static async Task<CanaryException> RefusalAsync(Repository repository, DebPackage package) =>
        await Should.ThrowAsync<CanaryException>(() => repository.PublishAsync(package));
}
