using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.MaintainerScripts;

/// <summary>What Python has written beside the modules of a package, with real dpkg.</summary>
public sealed class PythonBytecodeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly DpkgRoot _root;

    private int _versions;

    public PythonBytecodeTests() => _root = new DpkgRoot(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_goes_with_the_package()
    {
        await _root.InstallAsync(Pack("shop/cart.py", "shop/it's \"odd\".py"));
        Wrote("shop/__pycache__/cart.cpython-311.pyc");
        Wrote("shop/__pycache__/it's \"odd\".cpython-313.opt-1.pyc");

        (await _root.DpkgAsync("--purge", "shop")).EnsureSuccess();

        _root.Tree("opt").ShouldBeEmpty();
    }

    [Fact]
    public async Task It_goes_with_the_version_that_had_the_module()
    {
        await _root.InstallAsync(Pack("old/cart.py"));
        Wrote("old/__pycache__/cart.cpython-311.pyc");

        await _root.InstallAsync(Pack("new/cart.py"));

        _root.Tree("opt/shop").ShouldBe(["new/", "new/cart.py"]);
    }

    [Fact]
    public async Task What_belongs_to_nobodys_module_stays()
    {
        await _root.InstallAsync(Pack("shop/cart.py", "linked/cart.py"));
        Wrote("shop/__pycache__/cart.cpython-311.pyc");
        Wrote("shop/__pycache__/other.cpython-311.pyc");
        _directory.WriteFile("root/srv/cart.cpython-311.pyc", "");
        File.CreateSymbolicLink(_root.PathOf("opt/shop/linked/__pycache__"), _root.PathOf("srv"));

        (await _root.DpkgAsync("--remove", "shop")).EnsureSuccess();

        Directory
            .GetFiles(_root.PathOf("opt/shop/shop/__pycache__"))
            .ShouldHaveSingleItem()
            .ShouldEndWith("other.cpython-311.pyc");
        _root.Tree("srv").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_cannot_be_removed_does_not_keep_the_package()
    {
        await _root.InstallAsync(Pack("shop/cart.py"));
        Wrote("shop/__pycache__/cart.cpython-311.pyc/odd");
        Wrote("shop/__pycache__/cart.cpython-313.pyc");

        (await _root.DpkgAsync("--remove", "shop")).EnsureSuccess();

        Directory.GetFiles(_root.PathOf("opt/shop/shop/__pycache__")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_package_brings_itself_is_not_touched()
    {
        await _root.InstallAsync(Pack("shop/cart.py", "shop/__pycache__/cart.cpython-311.pyc"));

        File.Exists(_root.PathOf("var/lib/dpkg/info/shop.prerm")).ShouldBeFalse();
    }

    private void Wrote(string path) => _directory.WriteFile($"root/opt/shop/{path}", "");

    private BuiltPackage Pack(params string[] files)
    {
        var number = ++_versions;
        foreach (var file in files)
        {
            _directory.WriteFile($"app-{number}/{file}", "");
        }

        return Packing.Pack(
            _directory.Combine($"app-{number}"),
            _directory.Combine($"{number}.deb"),
            commit: Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(number),
            }
        );
    }
}
