using System.Security.Cryptography;
using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Deb;

public sealed class DebBuilderTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string App => _directory.Combine("app");

    private string Output => _directory.Combine("shop.deb");

    public void Dispose() => _directory.Dispose();

    public static TheoryData<Compression> Compressions => [.. Enum.GetValues<Compression>()];

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Dpkg_deb_reads_every_compression(Compression compression)
    {
        _directory.WriteFile("app/README.md", "hello\n");
        _directory.WriteFile("app/data", new string('x', 3_000_000));
        var package = Packing.Pack(App, Output, options: new PackagerOptions { Compression = compression });

        (await Packing.DpkgDebAsync(package, "--info")).ShouldContain("Package: shop");
        await Packing.DpkgDebAsync(package, "--extract", _directory.Combine("out"));
        File.ReadAllText(_directory.Combine("out/opt/shop/README.md")).ShouldBe("hello\n");
        new FileInfo(_directory.Combine("out/opt/shop/data")).Length.ShouldBe(3_000_000);
        var members = await ProcessRunner.OutputOfAsync("ar", ["t", package.Path]);
        members.Split('\n')[1].ShouldBe($"control.tar{compression.Extension()}");
    }

    [Fact]
    public async Task The_control_file_has_what_dpkg_and_apt_need()
    {
        _directory.WriteFile("app/a", new string('x', 1025));
        var package = Packing.Pack(App, Output);

        (await Packing.FieldAsync(package, "Package")).ShouldBe("shop");
        (await Packing.FieldAsync(package, "Version")).ShouldBe("0.0.0" + Packing.CommitSuffix);
        (await Packing.FieldAsync(package, "Architecture")).ShouldBe("all");
        (await Packing.FieldAsync(package, "Maintainer")).ShouldBe("Ada Author <ada@example.org>");
        (await Packing.FieldAsync(package, "Priority")).ShouldBe("optional");
        (await Packing.FieldAsync(package, "Description")).ShouldStartWith(
            "application shop\n Built by Canary from commit 0123"
        );
        // 2 KiB for the file, 1 each for its documents, and 1 each for opt, opt/shop, usr, usr/share, usr/share/doc and
        // usr/share/doc/shop.
        (await Packing.FieldAsync(package, "Installed-Size")).ShouldBe("10");
    }

    [Fact]
    public void Size_and_checksum_are_those_of_the_file()
    {
        _directory.WriteFile("app/a", "a");
        var package = Packing.Pack(App, Output);

        package.Size.ShouldBe(new FileInfo(Output).Length);
        package.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Output))));
    }

    [Fact]
    public void Nothing_but_the_package_is_left_behind()
    {
        _directory.WriteFile("app/a", "a");
        Packing.Pack(App, _directory.CreateDirectory("out") + "/shop.deb");

        Directory.GetFileSystemEntries(_directory.Combine("out")).ShouldBe([_directory.Combine("out/shop.deb")]);
    }

    [Fact]
    public async Task Files_have_plain_modes_the_commits_time_and_belong_to_root()
    {
        _directory.WriteFile("app/bin/run", "#!/bin/sh\n", executable: true);
        File.SetUnixFileMode(_directory.WriteFile("app/odd", "x"), (UnixFileMode)0b110_110_110);
        File.SetUnixFileMode(_directory.WriteFile("app/private", "x"), (UnixFileMode)0b100_000_000);
        File.SetUnixFileMode(_directory.WriteFile("app/owned", "x"), (UnixFileMode)0b111_000_000);
        File.CreateSymbolicLink(_directory.Combine("app/go"), "bin/run");

        var contents = await Packing.ContentsAsync(Packing.Pack(App, Output), _directory);

        contents.ShouldAllBe(line => line.Contains(" 0/0 ") && line.Contains(" 2023-11-14 22:13:20 "));
        Mode("./opt/shop/bin/").ShouldBe("drwxr-xr-x");
        Mode("./opt/shop/bin/run").ShouldBe("-rwxr-xr-x");
        Mode("./opt/shop/odd").ShouldBe("-rw-r--r--");
        Mode("./opt/shop/private").ShouldBe("-rw-r--r--");
        Mode("./opt/shop/owned").ShouldBe("-rwxr-xr-x");
        Mode("./opt/shop/go -> bin/run").ShouldBe("lrwxrwxrwx");

        string Mode(string path) => contents.Single(line => line.EndsWith(" " + path, StringComparison.Ordinal))[..10];
    }

    [Fact]
    public async Task Parents_come_before_their_contents_and_names_are_sorted()
    {
        _directory.WriteFile("app/b/c", "");
        _directory.WriteFile("app/b-a", "");
        _directory.WriteFile("app/a/z", "");

        var paths = (await Packing.ContentsAsync(Packing.Pack(App, Output), _directory))
            .Select(line => line.Split(" ./", 2)[1].TrimEnd('/'))
            .ToList();

        paths.ShouldBe(paths.Order(StringComparer.Ordinal));
        paths.ShouldBeUnique();
        paths.ShouldContain("opt/shop/a/z");
    }

    [Fact]
    public async Task Checksums_of_every_file_let_dpkg_verify_the_installation()
    {
        _directory.WriteFile("app/a b", "1");
        _directory.WriteFile("app/c", "");
        var package = Packing.Pack(App, Output);
        await Packing.DpkgDebAsync(package, "--raw-extract", _directory.Combine("out"));

        var check = await ProcessRunner.OutputOfAsync(
            "md5sum",
            ["--check", "DEBIAN/md5sums"],
            _directory.Combine("out")
        );

        check
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe([
                "opt/shop/a b: OK",
                "opt/shop/c: OK",
                "usr/share/doc/shop/changelog.Debian.gz: OK",
                "usr/share/doc/shop/copyright: OK",
            ]);
    }

    [Theory]
    [InlineData("a b c")]
    [InlineData("-rf")]
    [InlineData("--help")]
    [InlineData("ünïcödé ☃ 日本語")]
    [InlineData("𝄞")]
    [InlineData("quote'\"$(id)`id`")]
    [InlineData("back\\slash")]
    [InlineData("tab\there")]
    [InlineData("*")]
    [InlineData("#hash")]
    [InlineData(".hidden")]
    [InlineData("trailing ")]
    public async Task Unusual_names_survive(string name)
    {
        _directory.WriteFile("app/" + name, "content");
        _directory.WriteFile($"app/{name}.d/{name}", "content");
        File.CreateSymbolicLink(_directory.Combine("app/link"), $"{name}.d/{name}");
        var package = Packing.Pack(App, Output);

        await Packing.DpkgDebAsync(package, "--extract", _directory.Combine("out"));

        File.ReadAllText(_directory.Combine("out/opt/shop", name)).ShouldBe("content");
        File.ReadAllText(_directory.Combine("out/opt/shop/link")).ShouldBe("content");
    }

    [Theory]
    [InlineData(70)]
    [InlineData(79)]
    [InlineData(80)]
    [InlineData(81)]
    [InlineData(82)]
    [InlineData(83)]
    [InlineData(84)]
    [InlineData(85)]
    [InlineData(200)]
    public async Task Names_and_link_targets_of_any_length_survive(int length)
    {
        // ./opt/shop/ are 11 more.
        var name = new string('n', length);
        _directory.WriteFile($"app/{name}", "file");
        _directory.WriteFile($"app/{name}.d/{name}/{name}", "deep");
        File.CreateSymbolicLink(_directory.Combine("app/link"), $"{name}.d/{name}/{name}");
        File.CreateSymbolicLink(_directory.Combine($"app/{name}.l"), $"./{name}.d/{name}");
        var package = Packing.Pack(App, Output);

        await Packing.DpkgDebAsync(package, "--extract", _directory.Combine("out"));

        File.ReadAllText(_directory.Combine("out/opt/shop", name)).ShouldBe("file");
        File.ReadAllText(_directory.Combine("out/opt/shop/link")).ShouldBe("deep");
        new FileInfo(_directory.Combine($"out/opt/shop/{name}.l")).LinkTarget.ShouldBe($"./{name}.d/{name}");
    }

    [Fact]
    public async Task Thousands_of_files_arrive_whole()
    {
        for (var i = 0; i < 5_000; i++)
        {
            _directory.WriteFile($"app/d{i / 100}/f{i}", $"content {i}", executable: i % 7 == 0);
        }

        var package = Packing.Pack(App, Output);
        await Packing.DpkgDebAsync(package, "--extract", _directory.Combine("out"));

        await ProcessRunner.OutputOfAsync("diff", ["--recursive", App, _directory.Combine("out/opt/shop")]);
    }

    [Fact]
    public async Task Contents_at_every_edge_of_blocks_and_buffers_arrive_whole()
    {
        var random = new Random(7);
        foreach (var size in new[] { 0, 1, 511, 512, 513, 80 << 10, (80 << 10) + 1, 1 << 20, (1 << 20) + 1, 5 << 20 })
        {
            var content = new byte[size];
            random.NextBytes(content);
            Directory.CreateDirectory(App);
            await File.WriteAllBytesAsync(Path.Combine(App, $"f{size}"), content);
        }

        foreach (var compression in Enum.GetValues<Compression>())
        {
            var package = Packing.Pack(App, Output, options: new PackagerOptions { Compression = compression });
            await Packing.DpkgDebAsync(package, "--extract", _directory.Combine($"out-{compression}"));
            await ProcessRunner.OutputOfAsync(
                "diff",
                ["--recursive", App, _directory.Combine($"out-{compression}/opt/shop")]
            );
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_the_files()
    {
        Directory.CreateDirectory(App);
        using (var file = File.Create(Path.Combine(App, "large")))
        {
            file.SetLength(256L << 20);
        }

        GC.Collect();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Packing.Pack(App, Output, options: new PackagerOptions { Threads = 1 });

        // Tests beside this one are counted too.
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(128 << 20);
    }

    [Fact]
    public void A_cancelled_build_stops_and_leaves_no_intermediate_file()
    {
        _directory.WriteFile("app/a", "a");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Should.Throw<OperationCanceledException>(() =>
            new DebBuilder(1).Build(Packing.Plan(App), _directory.CreateDirectory("out") + "/shop.deb", cancelled.Token)
        );

        Directory.GetFileSystemEntries(_directory.Combine("out")).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_shrinks_meanwhile_is_an_error()
    {
        _directory.WriteFile("app/a", "1234");
        var plan = Packing.Plan(App);
        _directory.WriteFile("app/a", "1");

        new Action(() => new DebBuilder(1).Build(plan, Output)).ShouldFail("source-changed", "opt/shop/a");
    }
}
