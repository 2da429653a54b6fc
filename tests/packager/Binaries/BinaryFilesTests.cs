using Canary.Packager.Binaries;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Binaries;

public sealed class BinaryFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static byte[] Program(byte bits, bool little, ushort machine, uint flags = 0, byte type = 2)
    {
        var file = new byte[64];
        "\u007fELF"u8.CopyTo(file);
        (file[4], file[5], file[6]) = (bits, (byte)(little ? 1 : 2), 1);
        Put(16, type, 2);
        Put(18, machine, 2);
        Put(bits == 2 ? 48 : 36, flags, 4);
        return file;

        void Put(int at, uint value, int length)
        {
            for (var i = 0; i < length; i++)
            {
                file[at + i] = (byte)(value >> (8 * (little ? i : length - 1 - i)));
            }
        }
    }

    [Theory]
    [InlineData(2, true, 62, 0u, "amd64")]
    [InlineData(1, true, 62, 0u, "x32")]
    [InlineData(1, true, 3, 0u, "i386")]
    [InlineData(2, true, 183, 0u, "arm64")]
    [InlineData(1, true, 40, 0x5000400u, "armhf")]
    [InlineData(1, true, 40, 0x5000200u, "armel")]
    [InlineData(2, true, 21, 2u, "ppc64el")]
    [InlineData(2, false, 22, 0u, "s390x")]
    [InlineData(2, true, 243, 5u, "riscv64")]
    [InlineData(2, true, 247, 0u, null)]
    [InlineData(2, false, 183, 0u, null)]
    public void The_header_says_the_architecture(
        byte bits,
        bool little,
        ushort machine,
        uint flags,
        string? architecture
    ) => ElfHeader.Read(Program(bits, little, machine, flags))!.Architecture.ShouldBe(architecture);

    [Fact]
    public void What_is_no_program_has_no_header()
    {
        ElfHeader.Read("#!/bin/sh\n"u8).ShouldBeNull();
        ElfHeader.Read(Program(2, true, 62).AsSpan(0, 40)).ShouldBeNull();
        ElfHeader.Read(Program(3, true, 62)).ShouldBeNull();
        ElfHeader.Read(Program(2, true, 62, type: 4)).ShouldBeNull();
    }

    [Fact]
    public void A_program_of_this_machine_is_recognized()
    {
        using var file = File.OpenRead("/bin/sh");
        var start = new byte[ElfHeader.Length];
        file.ReadExactly(start);

        var header = ElfHeader.Read(start).ShouldNotBeNull();

        header.IsLinked.ShouldBeTrue();
        header.Architecture.ShouldNotBeNull();
    }

    [Fact]
    public void Programs_set_the_architecture()
    {
        Write("bin/server", Program(2, true, 183));

        Packing.Plan(_directory.Path).Architecture.ShouldBe("arm64");
    }

    [Fact]
    public void Without_programs_a_package_is_for_all()
    {
        _directory.WriteFile("a", "x");

        Packing.Plan(_directory.Path).Architecture.ShouldBe("all");
    }

    [Theory]
    [InlineData("all", "all architectures")]
    [InlineData("arm64", "is for arm64")]
    public void A_configured_architecture_that_the_files_are_not_for_is_refused(string configured, string words)
    {
        _directory.WriteFile("canary.yml", $"architecture: {configured}\n");
        Write("bin/server", Program(2, true, 62));

        new Action(() => Packing.Plan(_directory.Path)).ShouldFail(
            "architecture-wrong",
            words,
            "bin/server runs on amd64",
            "foreign"
        );
    }

    [Fact]
    public void Programs_for_different_machines_are_refused_unless_they_are_data()
    {
        Write("bin/server", Program(2, true, 62));
        Write("node_modules/x/prebuilds/linux-arm64/x.node", Program(2, true, 183));

        new Action(() => Packing.Plan(_directory.Path)).ShouldFail("architecture-mixed", "linux-arm64", "foreign");

        _directory.WriteFile("canary.yml", "package: { foreign: [\"**/prebuilds/**\"] }\n");
        Packing.Plan(_directory.Path).Architecture.ShouldBe("amd64");
    }

    private void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.Combine(path))!);
        File.WriteAllBytes(_directory.Combine(path), content);
    }
}
