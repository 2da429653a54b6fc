using System.Formats.Tar;
using Canary.Contracts.Building;
using Canary.Packager.Output;
using Canary.Packager.Source;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Output;

public sealed class OutputArchiveTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Files_and_links_are_read_with_their_digests()
    {
        var entries = Unpack(
            new BuiltArchive()
                .WithFile("dist/app", "#!/bin/sh", executable: true)
                .WithLink("dist/link", "app")
                .WithFile($"dist/{new string('n', 200)}", "")
        );

        entries
            .Select(entry => (entry.Path, entry.Kind, entry.Size, entry.Executable, entry.Target))
            .ShouldBe([
                ("dist/app", FileKind.File, 9, true, null),
                ("dist/link", FileKind.Link, 0, false, "app"),
                ($"dist/{new string('n', 200)}", FileKind.File, 0, false, null),
            ]);
        using var contents = new StoredContents();
        contents.ReadAll(entries[0].Built!.Content!, 9).ShouldBe("#!/bin/sh"u8.ToArray());
        entries[0].Built!.Sha256.ShouldBe("3af71adb278ad4af33c144b78fa1ae708da03b773d98324ae991a7daedb53ca2");
    }

    [Fact]
    public void A_build_that_changed_nothing_has_no_files()
    {
        Unpack(new BuiltArchive()).ShouldBeEmpty();
        ShouldBeRefused(new BuiltArchive(), output => output with { ContentSize = 1 });
    }

    [Theory]
    [InlineData("/etc/cron.d/x")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a//x")]
    [InlineData("./x")]
    [InlineData("a/.git/config")]
    [InlineData("a\nb")]
    public void A_name_that_leads_elsewhere_is_refused(string path) =>
        ShouldBeRefused(new BuiltArchive().WithFile(path, "x"));

    [Fact]
    public void Nothing_is_written_below_a_link_or_a_file()
    {
        ShouldBeRefused(new BuiltArchive().WithLink("a", "/etc").WithFile("a/passwd", "x"));
        ShouldBeRefused(new BuiltArchive().WithFile("a", "x").WithFile("a/b", "x"));
        ShouldBeRefused(new BuiltArchive().WithFile("a/b", "x").WithLink("a", "/etc"));
        ShouldBeRefused(new BuiltArchive().WithFile("a", "x").WithFile("a", "y"));
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.Directory)]
    public void Other_kinds_are_refused(TarEntryType kind)
    {
        var entry = new GnuTarEntry(kind, "a");
        if (kind == TarEntryType.HardLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        ShouldBeRefused(new BuiltArchive().With(entry));
    }

    [Fact]
    public void More_than_the_reference_says_is_refused()
    {
        var archive = new BuiltArchive().WithFile("a", "xx").WithFile("b", "x");

        ShouldBeRefused(archive, output => output with { Files = 1 });
        ShouldBeRefused(archive, output => output with { Files = 3 });
        ShouldBeRefused(archive, output => output with { ContentSize = 2 });
        ShouldBeRefused(archive, output => output with { ContentSize = 4 });
    }

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        var (bytes, output) = new BuiltArchive().WithFile("a", new string('x', 10_000)).Make();
        foreach (var damaged in new[] { bytes[..(bytes.Length / 2)], [.. bytes.Reverse()], "text"u8.ToArray() })
        {
            File.WriteAllBytes(_directory.Combine("archive"), damaged);
            new Action(() =>
                OutputArchive.Unpack(_directory.Combine("archive"), output, _directory.Combine($"{Guid.NewGuid():N}"))
            ).ShouldFail("build-output-damaged");
        }
    }

    private void ShouldBeRefused(BuiltArchive archive, Func<BuildOutput, BuildOutput>? change = null) =>
        new Action(() => Unpack(archive, change)).ShouldFail("build-output-damaged");

    private IReadOnlyList<SourceEntry> Unpack(BuiltArchive archive, Func<BuildOutput, BuildOutput>? change = null)
    {
        var (bytes, output) = archive.Make();
        File.WriteAllBytes(_directory.Combine("archive"), bytes);
        return OutputArchive.Unpack(
            _directory.Combine("archive"),
            change?.Invoke(output) ?? output,
            _directory.Combine($"{Guid.NewGuid():N}")
        );
    }
}
