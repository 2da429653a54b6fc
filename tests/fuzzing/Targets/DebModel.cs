using Canary.Packager.Deb;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>Makes packages layer by layer (fields, tar, compression, ar), each of them mostly right.</summary>
internal static class DebModel
{
    private const string Control =
        "Package: shop\nVersion: 1.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: a shop\n It sells.\n";

    private static readonly string[] Names =
    [
        "./",
        "./opt/",
        "./opt/shop/",
        "./opt/shop/run",
        "opt/shop/x",
        "./opt/shop/link",
        "./opt/shop",
        "./usr",
        "./usr/",
        "./usr/x",
        "control",
        "./control",
        "./md5sums",
        "postinst",
        "../x",
        "./../x",
        "/etc/x",
        "./opt/../x",
        ".",
        "..",
        "",
        "./a//b",
        "./opt/shop/\n",
        "\u00c3\u00a9",
        "\u00ff",
        "././@LongLink",
        "./opt/shop/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a\0b",
    ];

    private static readonly string[] Targets =
    [
        "run",
        "../shop/run",
        "../../usr",
        "../../../etc/passwd",
        "/etc/passwd",
        "link",
        "link/../../..",
        "./opt/shop/run",
        "opt/shop/x",
        ".",
        "..",
        "",
    ];

    private static readonly string[] Lines =
    [
        "Section: web\n",
        "Depends: ruby, libc6 (>= 2)\n",
        "Essential: yes\n",
        "version: 2\n",
        " more\n",
        " \n",
        "\n",
        "X: y\n",
        "Homepage: x\r\n",
        "Bugs: \0\n",
        "License: \u00ff\n",
        "Priority: optional\n",
        "Provides: web (= 1)\n",
        "Installed-Size: 9\n",
        "Vendor: \u00c2\u00a0x \n",
        "Source: x",
    ];

    private static readonly string[] Sizes =
    [
        "00000000000\0",
        "77777777777\0",
        "00000000001\0",
        "\u0080\0\0\0\0\0\0\0\0\0\0\u0001",
        "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
        "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
        "-0000000001\0",
        "            ",
        "8\0\0\0\0\0\0\0\0\0\0\0",
        "00000001000 ",
    ];

    private const string Types = "00000000512222255LKxgSVMN347DX\0A";

    public static IReadOnlyList<string> Compressions { get; } = ["", ".gz", ".xz", ".zst"];

    /// <summary>What means something in a package.</summary>
    public static byte[][] Words { get; } =
    [
        .. new[]
        {
            "debian-binary",
            "control.tar",
            "data.tar",
            ".gz",
            ".xz",
            ".zst",
            "`\n",
            "2.0\n",
            "!<arch>\n",
            "ustar  \0",
            "ustar\u000000",
            "\u001f\u008b\u0008",
        }
            .Concat(Lines)
            .Select(Latin1.Bytes),
    ];

    public static byte[] Valid(string compression) =>
        DebPackage.Ar(
            ("debian-binary", "2.0\n"u8.ToArray()),
            ($"control.tar{compression}", Pack(RawTar.Of(new RawEntry("control", Content: Control)), compression)),
            (
                $"data.tar{compression}",
                Pack(
                    RawTar.Of(
                        new RawEntry("./", '5'),
                        new RawEntry("./opt/", '5'),
                        new RawEntry("./opt/run", Content: new string('x', 700)),
                        new RawEntry("./opt/link", '2', Link: "run")
                    ),
                    compression
                )
            )
        );

    public static byte[] Make(Random random)
    {
        var (ofControl, ofData) = (Mutation.Any(Compressions, random), Mutation.Any(Compressions, random));
        var members = new List<(string Name, byte[] Content)>
        {
            ("debian-binary", "2.0\n"u8.ToArray()),
            ($"control.tar{ofControl}", Packed(ControlTar(random), ofControl, random)),
            ($"data.tar{ofData}", Packed(DataTar(random), ofData, random)),
        };
        if (random.Next(12) == 0)
        {
            var at = random.Next(members.Count);
            switch (random.Next(4))
            {
                case 0:
                    members.Insert(random.Next(members.Count + 1), members[at]);
                    break;
                case 1:
                    members.RemoveAt(at);
                    break;
                case 2:
                    members[at] = (
                        Mutation.Any(["data.tar.gz", "control.tar.xz", "_x", "data.tar.lzma", "control.tar"], random),
                        members[at].Content
                    );
                    break;
                default:
                    members.Reverse(at, members.Count - at);
                    break;
            }
        }

        return Hurt(DebPackage.Ar(members), random, oneOf: 8);
    }

    private static byte[] ControlTar(Random random)
    {
        var text = Control;
        while (random.Next(3) == 0)
        {
            var lines = text.Split('\n');
            text = text.Insert(
                string.Join('\n', lines[..random.Next(lines.Length)]).Length,
                $"\n{Mutation.Any(Lines, random)}".Replace("\n\n", "\n")
            );
        }

        var entries = new List<RawEntry> { new("./", '5'), new("./control", Content: text) };
        while (random.Next(4) == 0)
        {
            entries.Insert(random.Next(entries.Count + 1), Entry(random));
        }

        return Tar(entries, random);
    }

    private static byte[] DataTar(Random random)
    {
        var entries = new List<RawEntry> { new("./", '5'), new("./opt/", '5'), new("./opt/shop/", '5') };
        for (var count = random.Next(6); count > 0; count--)
        {
            entries.Insert(random.Next(3) == 0 ? random.Next(entries.Count + 1) : entries.Count, Entry(random));
        }

        return Tar(entries, random);
    }

    private static RawEntry Entry(Random random)
    {
        var type = Types[random.Next(Types.Length)];
        return new RawEntry(
            random.Next(2) == 0 ? $"./opt/shop/{(char)('a' + random.Next(6))}" : Mutation.Any(Names, random),
            type,
            type switch
            {
                'L' => $"{Mutation.Any(Names, random)}\0",
                'K' => $"{Mutation.Any(Targets, random)}\0",
                'x' or 'g' => "20 path=/etc/shadow\n",
                '0' => new string('x', random.Next(1200)),
                _ => random.Next(10) == 0 ? "x" : "",
            },
            type is '1' or '2' || random.Next(20) == 0 ? Mutation.Any(Targets, random) : "",
            random.Next(10) == 0 ? random.Next(4096) : 0b110_100_100,
            random.Next(12) == 0 ? Mutation.Any(Sizes, random) : null,
            random.Next(15) == 0 ? "ustar\u000000" : "ustar  \0"
        );
    }

    private static byte[] Tar(List<RawEntry> entries, Random random)
    {
        var blocks = entries.Select(RawTar.Entry).ToList();
        if (random.Next(10) == 0)
        {
            // A header that is wrong in one byte and yet has the right checksum.
            var header = Mutation.Any(blocks, random).AsSpan(0, RawTar.BlockSize);
            header[random.Next(header.Length)] = (byte)random.Next(256);
            RawTar.Sign(header);
        }

        var end = random.Next(15) switch
        {
            0 => [],
            1 => new byte[512],
            2 => new byte[10240],
            3 => [.. RawTar.End, .. RawTar.Entry(Entry(random))],
            _ => RawTar.End,
        };
        return Hurt([.. blocks.SelectMany(block => block), .. end], random, oneOf: 20);
    }

    private static byte[] Packed(byte[] content, string compression, Random random)
    {
        if (random.Next(500) == 0)
        {
            content = [.. content, .. new byte[8 << 20]];
        }

        var packed = Pack(content, compression);
        if (random.Next(20) == 0)
        {
            packed = random.Next(3) switch
            {
                0 => [.. packed, .. packed],
                1 => [.. packed, 0, 0, 0, 0],
                _ => packed[..^random.Next(1, Math.Min(20, packed.Length))],
            };
        }

        return Hurt(packed, random, oneOf: 15);
    }

    private static byte[] Pack(byte[] content, string compression)
    {
        var kind = compression switch
        {
            ".gz" => Compression.Gzip,
            ".xz" => Compression.Xz,
            ".zst" => Compression.Zstd,
            _ => Compression.None,
        };
        using var packed = new MemoryStream();
        using (var compressor = kind.Open(packed, content.Length, threads: 1))
        {
            compressor.Write(content);
        }

        return packed.ToArray();
    }

    private static byte[] Hurt(byte[] bytes, Random random, int oneOf) =>
        random.Next(oneOf) == 0 ? Mutation.Of([bytes], Words, random) : bytes;
}
