using System.IO.Compression;
using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Tests.Fixtures;
using ZstdSharp;

namespace Canary.RepositoryPublisher.Tests.Packages;

/// <summary>What two programs could read in two ways, what leaves its place, and what takes more than it may, is no package.</summary>
public sealed class StrictReaderTests : IDisposable
{
    private const string Control = "Package: shop\nVersion: 1.0\nArchitecture: all\nDescription: a shop\n";

    private const string Leaves = "file-not-allowed";

    private static readonly (string, byte[]) Format = ("debian-binary", "2.0\n"u8.ToArray());
    private static readonly (string, byte[]) ControlTar = (
        "control.tar",
        RawTar.Of(new RawEntry("control", Content: Control))
    );
    private static readonly (string, byte[]) DataTar = ("data.tar", RawTar.Of(Directory("./")));

    private readonly TempDirectory _directory = new();

    public static TheoryData<string, byte[]> WrongMembers =>
        new()
        {
            { "a member behind the third", DebPackage.Ar(Format, ControlTar, DataTar, ("_gpgorigin", [1, 2])) },
            { "a member between", DebPackage.Ar(Format, ("_extra", [1, 2]), ControlTar, DataTar) },
            { "the control member twice", DebPackage.Ar(Format, ControlTar, ControlTar) },
            { "the control member twice, and files", DebPackage.Ar(Format, ControlTar, ControlTar, DataTar) },
            { "files before control", DebPackage.Ar(Format, DataTar, ControlTar) },
            { "another first member", DebPackage.Ar(("debian-binarx", "2.0\n"u8.ToArray()), ControlTar, DataTar) },
            { "a name of another form", DebPackage.Ar(Format, ("control.tar//", ControlTar.Item2), DataTar) },
            { "a name that goes on", DebPackage.Ar(Format, ControlTar, ("data.tarball", DataTar.Item2)) },
            { "another compression", DebPackage.Ar(Format, ControlTar, ("data.tar.bz2", DataTar.Item2)) },
            { "a newer format", DebPackage.Ar(("debian-binary", "2.1\n"u8.ToArray()), ControlTar, DataTar) },
            { "a format that goes on", DebPackage.Ar(("debian-binary", "2.0\n9"u8.ToArray()), ControlTar, DataTar) },
            { "a size that is too large", Changed(Members(), "1536      `", "1537      `") },
            { "a size that no number holds", Changed(Members(), "1536      `", "9999999999`") },
            { "a size below nothing", Changed(Members(), "1536      `", "-24       `") },
            { "a size with a sign", Changed(Members(), "1536      `", "+1536     `") },
            { "a size that begins with space", Changed(Members(), "1536      `", " 1536     `") },
            { "a time that is none", Changed(Members(), "1704067200", "yesterday!") },
            { "bytes behind the end", [.. Members(), 1, 2, 3] },
            {
                "a padding that is none",
                Changed(DebPackage.Ar(Format, ControlTar, ("data.tar", [.. DataTar.Item2, 0])), "\0\n", "\0x")
            },
        };

    public static TheoryData<string, byte[]> WrongControl =>
        new()
        {
            { "control twice", Controls(ControlFile(Control), ControlFile(Control.Replace("shop", "shop2"))) },
            {
                "control twice in two spellings",
                Controls(ControlFile(Control), new RawEntry("./control", Content: Control))
            },
            { "control as a link", Controls(new RawEntry("control", '2', Link: "/etc/passwd")) },
            { "control as a hard link", Controls(ControlFile(Control), new RawEntry("md5sums", '1', Link: "control")) },
            { "an absolute name", Controls(ControlFile(Control), new RawEntry("/md5sums")) },
            { "a name that leaves", Controls(ControlFile(Control), new RawEntry("../md5sums")) },
            { "a name that leaves by a directory", Controls(ControlFile(Control), new RawEntry("./x/../../md5sums")) },
            {
                "a script of an unknown name",
                Controls(ControlFile(Control), new RawEntry("./postinst2", Mode: 0b111_101_101))
            },
            { "a directory", Controls(ControlFile(Control), Directory("./sub/")) },
            { "a device", Controls(ControlFile(Control), new RawEntry("./config", '3')) },
            { "a name by pax", Controls(new RawEntry("x", 'x', "20 path=/etc/shadow\n"), ControlFile(Control)) },
            { "a size by pax", Controls(new RawEntry("x", 'x', "11 size=10\n"), ControlFile(Control)) },
            {
                "a name for all by pax",
                Controls(new RawEntry("g", 'g', "20 path=/etc/shadow\n"), ControlFile(Control))
            },
            { "a sparse file", Controls(new RawEntry("control", 'S', Control)) },
            { "a volume", Controls(ControlFile(Control), new RawEntry("md5sums", 'V')) },
            { "a file of an old type", Controls(new RawEntry("control", '\0', Control)) },
            { "a file that is called a directory", Controls(ControlFile(Control), new RawEntry("md5sums/")) },
            { "the old form", Controls(new RawEntry("control", Content: Control, Magic: "\0\0\0\0\0\0\0\0")) },
            {
                "a long name without an entry",
                Controls(ControlFile(Control), new RawEntry("././@LongLink", 'L', "x\0"))
            },
            {
                "two long names",
                Controls(new RawEntry("l", 'L', "control\0"), new RawEntry("l", 'L', "prerm\0"), ControlFile(Control))
            },
            { "a long name without its end", Controls(new RawEntry("l", 'L', "control"), ControlFile(Control)) },
            { "a long name in two parts", Controls(new RawEntry("l", 'L', "control\0x\0"), ControlFile(Control)) },
            {
                "a long name without end",
                Controls(new RawEntry("l", 'L', new string('x', 70_000) + "\0"), ControlFile(Control))
            },
            { "a name that goes on behind its end", Controls(new RawEntry("control\0x", Content: Control)) },
            { "a name that is not UTF-8", Controls(ControlFile(Control), new RawEntry("\u00ff\u00fe")) },
            { "a size that lies", Controls(new RawEntry("control", Content: Control, Size: "00000077777\0")) },
            { "a size that is none", Controls(new RawEntry("control", Content: Control, Size: "0000000009x\0")) },
            {
                "a size below nothing",
                Controls(
                    new RawEntry(
                        "control",
                        Content: Control,
                        Size: "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"
                    )
                )
            },
            {
                "a size that no disk has",
                Controls(
                    new RawEntry(
                        "control",
                        Content: Control,
                        Size: "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"
                    )
                )
            },
            { "a directory with contents", Controls(new RawEntry("./", '5', "hidden"), ControlFile(Control)) },
            { "a wrong checksum", Changed(Controls(ControlFile(Control)), "control\0\0", "control\0\u0001") },
            { "no end", WithControl(RawTar.Entry(ControlFile(Control))) },
            { "half an end", WithControl([.. RawTar.Entry(ControlFile(Control)), .. new byte[512]]) },
            {
                "an archive behind the end",
                WithControl([.. RawTar.Of(ControlFile(Control)), .. RawTar.Of(ControlFile(Control))])
            },
            {
                "more space behind the end than tar leaves",
                WithControl([.. RawTar.Of(ControlFile(Control)), .. new byte[1 << 20]])
            },
            { "a last block cut short", WithControl([.. RawTar.Of(ControlFile(Control)), .. new byte[100]]) },
            { "a control file of two megabytes", Controls(ControlFile($"{Control} {new string('x', 2 << 20)}\n")) },
        };

    public static TheoryData<string, byte[]> WrongFields =>
        new()
        {
            { "CR", Fields("Section: web\r\n") },
            { "NUL", Fields("Section: we\0b\n") },
            { "not UTF-8", Fields("Maintainer: \u00ff\u00fe <a@example.org>\n") },
            { "a byte order mark", Controls(ControlFile($"\u00ef\u00bb\u00bf{Control}")) },
            { "another escape", Fields("Section: \u001b[31mweb\n") },
            { "a field twice", Fields("version: 2.0\n") },
            { "a line of space", Fields(" a\n  \n b\n") },
            { "a paragraph that begins late", Controls(ControlFile($"\n{Control}")) },
            { "a second paragraph", Controls(ControlFile($"{Control}\n{Control}")) },
            { "a last line without its end", Controls(ControlFile($"{Control}Section: web")) },
            { "a space that is none to dpkg", Controls(ControlFile(Control.Replace("1.0", "1.0\u00c2\u00a0"))) },
            { "space before the colon", Fields("Section : web\n") },
            { "nothing", Controls(ControlFile("")) },
        };

    public static TheoryData<string, string, byte[]> WrongFiles =>
        new()
        {
            { "a name that leaves", "package-invalid", Files(new RawEntry("../../etc/cron.d/x")) },
            {
                "a name that leaves inside",
                "package-invalid",
                Files(Directory("./opt/"), new RawEntry("./opt/../../x"))
            },
            { "an absolute name", "package-invalid", Files(new RawEntry("/etc/cron.d/x")) },
            { "a name with an empty part", "package-invalid", Files(Directory("./opt/"), new RawEntry("./opt//x")) },
            { "a name with a line end", "package-invalid", Files(new RawEntry("./a\nb")) },
            {
                "a long name that leaves",
                "package-invalid",
                Files(new RawEntry("l", 'L', "../x\0"), new RawEntry("./x"))
            },
            { "a name that leaves by a prefix", "package-invalid", Files(Prefixed("x", "../..")) },
            { "a file behind a link", "package-invalid", Files(Symlink("./opt", "srv"), new RawEntry("./opt/x")) },
            {
                "a directory in place of a link",
                "package-invalid",
                Files(Symlink("./opt", "srv"), Directory("./opt/"))
            },
            {
                "a link in place of a directory",
                "package-invalid",
                Files(Directory("./opt/"), Symlink("./opt", "/etc"))
            },
            { "a file behind a file", "package-invalid", Files(new RawEntry("./opt"), new RawEntry("./opt/x")) },
            { "a path twice", "package-invalid", Files(new RawEntry("./x"), new RawEntry("x")) },
            { "a file without its directory", "package-invalid", Files(new RawEntry("./opt/x")) },
            { "a pax header", "package-invalid", Files(new RawEntry("x", 'x', "14 path=../x\n"), new RawEntry("./x")) },
            { "a sparse file", "package-invalid", Files(new RawEntry("./x", 'S')) },
            { "a link with contents", "package-invalid", Files(new RawEntry("./x", '2', "hidden", "y")) },
            { "a link without a target", "package-invalid", Files(new RawEntry("./x", '2')) },
            { "a link to a place of the host", Leaves, Files(Symlink("./x", "/etc/shadow")) },
            { "a link above the root", Leaves, Files(Directory("./opt/"), Symlink("./opt/x", "../../etc/shadow")) },
            {
                "a link that goes down and up",
                Leaves,
                Files(Directory("./opt/"), Symlink("./opt/up", ".."), Symlink("./opt/x", "up/../../etc"))
            },
            { "a long target that leaves", Leaves, Files(new RawEntry("l", 'K', "../x\0"), Symlink("./x", "y")) },
            { "a hard link to a file of the host", Leaves, Files(new RawEntry("./x", '1', Link: "etc/shadow")) },
            {
                "a hard link to a file that comes later",
                Leaves,
                Files(new RawEntry("./x", '1', Link: "./y"), new RawEntry("./y"))
            },
            { "a hard link to itself", Leaves, Files(new RawEntry("./x", '1', Link: "./x")) },
            { "a hard link to a link", Leaves, Files(Symlink("./y", "z"), new RawEntry("./x", '1', Link: "./y")) },
            { "a hard link that leaves", "package-invalid", Files(new RawEntry("./x", '1', Link: "../etc/shadow")) },
            { "a device", Leaves, Files(new RawEntry("./x", '4')) },
            { "a setuid program", Leaves, Files(new RawEntry("./x", Mode: 0b100_111_101_101)) },
            {
                "a setgid program by a hard link",
                Leaves,
                Files(new RawEntry("./y"), new RawEntry("./x", '1', Link: "y", Mode: 0b010_111_101_101))
            },
        };

    public static TheoryData<string> Compressions => ["gz", "xz", "zst"];

    [Fact]
    public void What_the_wrong_ones_differ_from_is_taken() => Check(Members());

    [Theory]
    [MemberData(nameof(WrongMembers))]
    [MemberData(nameof(WrongControl))]
    [MemberData(nameof(WrongFields))]
    public void What_could_be_read_in_two_ways_is_refused(string what, byte[] package) =>
        Refusal(package, what).Code.ShouldBe("package-invalid", what);

    [Theory]
    [MemberData(nameof(WrongFiles))]
    public void What_leaves_its_place_is_refused(string what, string code, byte[] package) =>
        Refusal(package, what).Code.ShouldBe(code, what);

    [Theory]
    [InlineData("./opt/shop/current", "releases/1")]
    [InlineData("./opt/shop/current", "./releases//1/")]
    [InlineData("./opt/shop/doc", "../../usr/share/doc/shop")]
    [InlineData("./opt/shop/self", ".")]
    [InlineData("./opt/shop/dots", "..data")]
    public void Links_within_the_package_are_taken(string link, string target) =>
        Check(Files(Directory("./"), Directory("./opt/"), Directory("./opt/shop/"), Symlink(link, target)));

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Compressed_data_ends_where_its_member_ends(string compression)
    {
        var whole = Compressed(DataTar.Item2, compression);

        Check(WithData(whole, compression));
        Refusal(WithData([.. whole, .. "hidden"u8], compression), "something behind it")
            .Code.ShouldBe("package-invalid");
        for (var less = 1; less < whole.Length; less++)
        {
            Refusal(WithData(whole[..^less], compression), $"{less} bytes less").Code.ShouldBe("package-invalid");
        }
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("zst")]
    public void Compressed_data_of_two_parts_is_refused_where_dpkg_reads_one(string compression) =>
        Refusal(
            WithData([.. Compressed(DataTar.Item2, compression), .. Compressed([], compression)], compression),
            compression
        )
            .Code.ShouldBe("package-invalid");

    [Fact]
    public void An_owner_with_a_large_number_is_read_as_GNU_writes_it() =>
        Check(Controls(new RawEntry("control", Content: Control, User: "\u0080\0\0\0\u00ff\u00ff\u00ff\u00fe")));

    [Fact]
    public void A_frame_that_tools_pass_over_is_refused() =>
        Refusal(WithData([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9, .. Compressed(DataTar.Item2, "zst")], "zst"), "zst")
            .Code.ShouldBe("package-invalid");

    [Fact]
    public void Gzip_of_several_parts_is_read_as_dpkg_reads_it()
    {
        var tar = RawTar.Of(Directory("./"), new RawEntry("./x"));

        Check(WithData([.. DebPackage.Gzip(tar[..700]), .. DebPackage.Gzip(tar[700..])], "gz"));
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void A_bomb_is_refused_before_it_takes_memory(string compression)
    {
        var control = new byte[64 << 20];
        RawTar.Entry(ControlFile(Control)).CopyTo(control, 0);
        var data = new byte[100 << 20];
        RawTar.Entry(new RawEntry("./x", Size: "00577777777\0")).CopyTo(data, 0);
        var ofControl = DebPackage.Ar(
            Format,
            ($"control.tar.{compression}", Compressed(control, compression)),
            DataTar
        );
        var ofData = WithData(Compressed(data, compression), compression);
        Check(Members());

        var before = GC.GetAllocatedBytesForCurrentThread();
        var faults = new[] { Refusal(ofControl, "control"), Refusal(ofData, "data") };

        (GC.GetAllocatedBytesForCurrentThread() - before - ofControl.Length - ofData.Length).ShouldBeLessThan(4 << 20);
        faults.Select(fault => fault.Code).ShouldBe(["package-invalid", "package-too-large"]);
    }

    [Fact]
    public void Files_that_unpack_to_more_than_is_allowed_are_refused_with_the_option()
    {
        var large = Files(new RawEntry("./x", Content: new string('x', 3000)));

        Check(large, new RepositoryPublisherOptions { MaximumUnpackedSize = 5 << 10 });
        var fault = Refusal(large, "large", new RepositoryPublisherOptions { MaximumUnpackedSize = 4 << 10 });

        fault.Code.ShouldBe("package-too-large");
        fault.Remedy.ShouldContain("maximum-unpacked-size");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task What_dpkg_deb_builds_is_taken(string compression)
    {
        var name = string.Concat(Enumerable.Repeat("långt-namn/", 12));
        _directory.WriteFile("tree/DEBIAN/control", $"{Control}Maintainer: Zoë <zoe@example.org>\n");
        _directory.WriteFile("tree/DEBIAN/postinst", "#!/bin/sh\n", executable: true);
        _directory.WriteFile($"tree/opt/shop/{name}file", new string('x', 100_000));
        File.CreateSymbolicLink(_directory.Combine("tree/opt/shop/link"), $"{name}file");
        await ProcessRunner.OutputOfAsync(
            "ln",
            [_directory.Combine($"tree/opt/shop/{name}file"), _directory.Combine("tree/opt/shop/second")]
        );
        var file = await DebPackage.BuildAsync(_directory.Combine("tree"), compression);

        Admission(new RepositoryPublisherOptions()).CheckFile(file);
    }

    public void Dispose() => _directory.Dispose();

    private static byte[] Members() => DebPackage.Ar(Format, ControlTar, DataTar);

    private static RawEntry ControlFile(string text) => new("control", Content: text);

    private static RawEntry Directory(string name) => new(name, '5', Mode: 0b111_101_101);

    private static RawEntry Symlink(string name, string target) => new(name, '2', Link: target, Mode: 0b111_111_111);

    private static byte[] Prefixed(string name, string prefix)
    {
        var block = RawTar.Entry(new RawEntry(name, Magic: "ustar\u000000"));
        Encoding.ASCII.GetBytes(prefix).CopyTo(block, 345);
        RawTar.Sign(block);
        return block;
    }

    private static byte[] Controls(params RawEntry[] entries) => WithControl(RawTar.Of(entries));

    private static byte[] Fields(string fields) => Controls(ControlFile($"{Control}{fields}"));

    private static byte[] WithControl(byte[] tar) => DebPackage.Ar(Format, ("control.tar", tar), DataTar);

    private static byte[] Files(params RawEntry[] entries) =>
        DebPackage.Ar(Format, ControlTar, ("data.tar", RawTar.Of(entries)));

    private static byte[] Files(byte[] entry) =>
        DebPackage.Ar(Format, ControlTar, ("data.tar", [.. entry, .. RawTar.End]));

    private static byte[] WithData(byte[] compressed, string compression) =>
        DebPackage.Ar(Format, ControlTar, ($"data.tar.{compression}", compressed));

    private byte[] Compressed(byte[] content, string compression)
    {
        if (compression == "gz")
        {
            return DebPackage.Gzip(content, CompressionLevel.SmallestSize);
        }

        if (compression == "zst")
        {
            using var compressor = new Compressor();
            return compressor.Wrap(content).ToArray();
        }

        var file = _directory.Combine($"{Guid.NewGuid():N}");
        File.WriteAllBytes(file, content);
        ProcessRunner.OutputOfAsync("xz", ["-1", file]).GetAwaiter().GetResult();
        return File.ReadAllBytes($"{file}.xz");
    }

    private static byte[] Changed(byte[] package, string from, string to)
    {
        var text = Encoding.Latin1.GetString(package);
        var at = text.LastIndexOf(from, StringComparison.Ordinal);
        at.ShouldBeGreaterThan(0);
        return Encoding.Latin1.GetBytes($"{text[..at]}{to}{text[(at + from.Length)..]}");
    }

    private void Check(byte[] package, RepositoryPublisherOptions? options = null)
    {
        var path = _directory.Combine("checked.deb");
        File.WriteAllBytes(path, package);
        Admission(options ?? new RepositoryPublisherOptions()).CheckFile(path);
    }

    private CanaryException Refusal(byte[] package, string what, RepositoryPublisherOptions? options = null) =>
        Should.Throw<CanaryException>(() => Check(package, options), what);

    private static PackageAdmission Admission(RepositoryPublisherOptions options) =>
        new(Microsoft.Extensions.Options.Options.Create(options));
}
