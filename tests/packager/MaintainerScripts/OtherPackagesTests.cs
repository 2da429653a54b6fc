using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.MaintainerScripts;

/// <summary>What belongs to another package as well stays, with real dpkg.</summary>
public sealed class OtherPackagesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly DpkgRoot _root;

    private int _packages;

    public OtherPackagesTests() => _root = new DpkgRoot(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_directory_of_another_package_is_not_moved_for_a_link()
    {
        await _root.InstallAsync(Pack("blog", "files: [{ from: file, to: /usr/share/common/blog }]"));
        var shop = Pack("shop", "files: [{ from: /opt/shop, to: /usr/share/common, type: link }]");

        var result = await _root.DpkgAsync("--install", shop.Path);

        result.ExitCode.ShouldNotBe(0);
        result.Text.ShouldContain("/usr/share/common is a link in this package");
        _root.Read("usr/share/common/blog").ShouldBe("blog");
        (await _root.DpkgAsync("--verify", "blog")).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_configuration_file_that_moved_to_another_package_stays()
    {
        await _root.InstallAsync(Pack("shop", "files: [{ from: file, to: /etc/shop.ini }]"));
        await _root.InstallAsync(
            Pack("shop-config", "replaces: [shop]\nfiles: [{ from: file, to: /etc/shop.ini }]", "shop")
        );

        await _root.InstallAsync(Pack("shop", "description: without it"));

        _root.Read("etc/shop.ini").ShouldBe("shop");
        (await _root.DpkgAsync("--verify", "shop-config")).Output.ShouldBeEmpty();
    }

    private BuiltPackage Pack(string name, string canaryYml, string? content = null)
    {
        var app = $"{name}-{++_packages}";
        _directory.WriteFile($"{app}/file", content ?? name);
        _directory.WriteFile($"{app}/canary.yml", canaryYml);
        return Packing.Pack(
            _directory.Combine(app),
            _directory.Combine($"{app}.deb"),
            name,
            Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(_packages),
            }
        );
    }
}
