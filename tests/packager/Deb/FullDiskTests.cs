using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Deb;

public sealed class FullDiskTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public FullDiskTests()
    {
        Directory.CreateDirectory(_directory.Combine("app"));
        var content = new byte[4 << 20];
        new Random(5).NextBytes(content);
        File.WriteAllBytes(_directory.Combine("app/random"), content);
    }

    public void Dispose() => _directory.Dispose();

    public static TheoryData<Compression> Compressions => [.. Enum.GetValues<Compression>()];

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task A_full_disk_is_named_and_nothing_is_left_on_it(Compression compression)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may mount a small file system.");
        var small = _directory.CreateDirectory("small");
        await ProcessRunner.OutputOfAsync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]);
        try
        {
            new Action(() =>
                Packing.Pack(
                    _directory.Combine("app"),
                    Path.Combine(small, "shop.deb"),
                    options: new PackagerOptions { Compression = compression }
                )
            ).ShouldFail("disk-full", small);

            Directory.GetFiles(small, "*.data").ShouldBeEmpty();
        }
        finally
        {
            await ProcessRunner.OutputOfAsync("umount", [small]);
        }
    }

    [Fact]
    public void A_disk_that_fills_up_while_the_parts_are_joined_is_named()
    {
        // Every write to /dev/full fails as on a full disk, for any user.
        File.CreateSymbolicLink(_directory.Combine("shop.deb"), "/dev/full");

        new Action(() => Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"))).ShouldFail(
            "disk-full",
            _directory.Path
        );
    }
}
