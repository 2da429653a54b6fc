using System.Buffers.Binary;

namespace Canary.Packager.Binaries;

/// <summary>The beginning of an ELF file (System V ABI, chapter 4; the numbers are those of <c>elf.h</c>), as far as it says which machines
/// run it.</summary>
/// <param name="Architecture">The Debian architecture; <c>null</c>: none that there is.</param>
/// <param name="IsLinked">Whether it is a program or a shared library, and no object for a linker.</param>
internal sealed record ElfHeader(string? Architecture, bool IsLinked)
{
    /// <summary>Bytes that <see cref="Read"/> needs.</summary>
    public const int Length = 52;

    private const int ObjectFile = 1;

    private const int SharedObject = 3;

    private const uint ArmHardFloat = 0x400;

    /// <summary>Reads the beginning of a file.</summary>
    /// <returns><c>null</c>: it is no ELF file.</returns>
    public static ElfHeader? Read(ReadOnlySpan<byte> file)
    {
        if (
            file.Length < Length
            || !file.StartsWith("\u007fELF"u8)
            || file[4] is not (1 or 2)
            || file[5] is not (1 or 2)
        )
        {
            return null;
        }

        var is64 = file[4] == 2;
        var isLittle = file[5] == 1;
        var type = Number(file[16..]);
        var machine = Number(file[18..]);
        var at = is64 ? 48 : 36;
        var flags = isLittle
            ? BinaryPrimitives.ReadUInt32LittleEndian(file[at..])
            : BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        return type is < ObjectFile or > SharedObject
            ? null
            : new ElfHeader(ArchitectureOf(machine, is64, isLittle, flags), type != ObjectFile);

        int Number(ReadOnlySpan<byte> bytes) =>
            isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    private static string? ArchitectureOf(int machine, bool is64, bool isLittle, uint flags) =>
        (machine, is64, isLittle) switch
        {
            (3, false, true) => "i386",
            (4, false, false) => "m68k",
            (8, true, true) => "mips64el",
            (8, false, true) => "mipsel",
            (15, false, false) => "hppa",
            (20, false, false) => "powerpc",
            (21, true, true) => "ppc64el",
            (21, true, false) => "ppc64",
            (22, true, false) => "s390x",
            (40, false, true) => (flags & ArmHardFloat) != 0 ? "armhf" : "armel",
            (42, false, true) => "sh4",
            (43, true, false) => "sparc64",
            (62, true, true) => "amd64",
            (62, false, true) => "x32",
            (183, true, true) => "arm64",
            (243, true, true) => "riscv64",
            (258, true, true) => "loong64",
            _ => null,
        };
}
