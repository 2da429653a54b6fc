using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Packages;

public sealed class DebFileTests : IDisposable
{
    private const string Control = "Package: shop\nVersion: 1.0\nArchitecture: all\n";

    private readonly TempDirectory _directory = new();

    public static TheoryData<string, byte[]> Broken =>
        new()
        {
            { "an empty file", [] },
            { "no archive", "#!/bin/sh\n"u8.ToArray() },
            { "only the archive's head", "!<arch>\n"u8.ToArray() },
            { "half a member header", "!<arch>\ndebian-binary"u8.ToArray() },
            { "no control member", DebPackage.Ar(("debian-binary", "2.0\n"u8.ToArray()), ("data.tar", [1])) },
            { "no data member", DebPackage.Ar(("debian-binary", "2.0\n"u8.ToArray()), ControlMember(Control)) },
            { "an unknown format", WithControl(ControlMember(Control), format: "3.0\n") },
            { "an unknown compression", WithControl(("control.tar.lz4", [1, 2, 3])) },
            { "damaged gzip", WithControl(("control.tar.gz", [31, 139, 8, 0, 0, 0, 0, 0, 0, 0, 99])) },
            { "damaged xz", WithControl(("control.tar.xz", [1, 2, 3])) },
            { "damaged zstd", WithControl(("control.tar.zst", [1, 2, 3])) },
            { "damaged tar", WithControl(("control.tar", Encoding.ASCII.GetBytes(new string('x', 1024)))) },
            { "a bomb", WithControl(("control.tar.gz", DebPackage.Gzip(new byte[64 << 20]))) },
            { "no control file", WithControl(("control.tar", DebPackage.Tar("./md5sums", "x"))) },
            { "no name", WithControl(ControlMember("Version: 1\nArchitecture: all\n")) },
            { "no version", WithControl(ControlMember("Package: shop\nArchitecture: all\n")) },
            { "no architecture", WithControl(ControlMember("Package: shop\nVersion: 1\n")) },
            { "a path as name", WithControl(ControlMember("Package: ../shop\nVersion: 1\nArchitecture: all\n")) },
            { "upper case in the name", WithControl(ControlMember("Package: Shop\nVersion: 1\nArchitecture: all\n")) },
            { "a path as version", WithControl(ControlMember("Package: shop\nVersion: 1/../2\nArchitecture: all\n")) },
            { "a path as architecture", WithControl(ControlMember("Package: shop\nVersion: 1\nArchitecture: ../x\n")) },
            { "a second paragraph", WithControl(ControlMember($"{Control}\nPackage: other\n")) },
            { "a field twice", WithControl(ControlMember($"{Control}Version: 2\n")) },
            { "a field twice in other case", WithControl(ControlMember($"{Control}version: 2\n")) },
            { "a line that is no field", WithControl(ControlMember($"{Control}hello\n")) },
            { "a continuation first", WithControl(ControlMember($" x\n{Control}")) },
            { "a carriage return", WithControl(ControlMember($"{Control}Section: a\rb\n")) },
            { "a name too long for a file", WithControl(ControlMember(Control.Replace("shop", new string('a', 250)))) },
        };

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task Control_data_is_read_in_every_compression_of_dpkg(string compression)
    {
        _directory.WriteFile(
            "tree/DEBIAN/control",
            $"{Control}Maintainer: Zoë <zoe@example.org>\nDescription: a shop\n that sells\n .\n things\n"
        );
        _directory.WriteFile("tree/opt/shop/run", "x");
        var file = await DebPackage.BuildAsync(_directory.Combine("tree"), compression);

        var package = DebFile.Read(file);

        package.FileName.ShouldBe("shop_1.0_all.deb");
        package.Control["Maintainer"].ShouldBe("Zoë <zoe@example.org>");
        package.Control["Description"].ShouldBe("a shop\n that sells\n .\n things");
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_package_is_refused_with_its_fault(string what, byte[] bytes)
    {
        var path = _directory.Combine("broken.deb");
        File.WriteAllBytes(path, bytes);

        var fault = Should.Throw<CanaryException>(() => DebFile.Read(path), what);

        fault.Code.ShouldBe("package-invalid");
    }

    [Fact]
    public void Package_cut_short_anywhere_is_refused()
    {
        var whole = DebPackage.Create().Bytes;
        var path = _directory.Combine("short.deb");
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);

            Should.Throw<CanaryException>(() => DebFile.Read(path)).Code.ShouldBe("package-invalid");
        }
    }

    public void Dispose() => _directory.Dispose();

    private static (string Name, byte[] Content) ControlMember(string control) =>
        ("control.tar", DebPackage.Tar("./control", control));

    private static byte[] WithControl((string Name, byte[] Content) control, string format = "2.0\n") =>
        DebPackage.Ar(("debian-binary", Encoding.ASCII.GetBytes(format)), control, ("data.tar", new byte[1024]));
}
