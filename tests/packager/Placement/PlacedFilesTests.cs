using Canary.Packager.Deb;
using Canary.Packager.Source;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Placement;

/// <summary>Files of the repository at other places of a host.</summary>
public sealed class PlacedFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public PlacedFilesTests()
    {
        _directory.WriteFile("app/etc/shop.ini", "a=1\n");
        _directory.WriteFile("app/bin/shop", "#!/bin/sh\n", executable: true);
        _directory.WriteFile("app/man/en/shop.1", ".TH shop\n");
        _directory.WriteFile("app/man/de/shop.1", ".TH laden\n");
        _directory.WriteFile("app/host/passwd", "root::0:0::/:/bin/sh\n");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_file_goes_to_its_place_and_stays_below_the_prefix_unless_it_is_excluded()
    {
        var package = Plan(
            """
            exclude: [etc]
            files:
              - { from: etc/shop.ini, to: /etc/shop/, mode: "0640", owner: root:adm }
              - { from: bin/shop, to: /usr/bin/shop-admin }
            """
        );

        var ini = Item(package, "etc/shop/shop.ini");
        ini.Mode.ShouldBe((UnixFileMode)0b110_100_000);
        ini.Owner.ShouldBe(new FileOwner("root", "adm"));
        package.Items.ShouldNotContain(item => item.Path == "opt/shop/etc/shop.ini");
        Item(package, "usr/bin/shop-admin").Executable.ShouldBeTrue();
        Item(package, "opt/shop/bin/shop").Executable.ShouldBeTrue();
        Item(package, "usr/bin").Kind.ShouldBe(FileKind.Directory);
    }

    [Fact]
    public void Files_in_etc_are_conffiles_unless_the_entry_says_otherwise()
    {
        Plan(
            """
            files:
              - { from: etc/shop.ini, to: /etc/shop/shop.ini }
              - { from: etc/shop.ini, to: /etc/shop/default.ini, conffile: false }
              - { from: etc/shop.ini, to: /usr/share/shop/shop.ini, conffile: true }
              - { from: etc/shop.ini, to: /usr/share/shop/default.ini }
            """
        )
            .Conffiles.ShouldBe(["/etc/shop/shop.ini", "/usr/share/shop/shop.ini"]);
    }

    [Fact]
    public void All_of_a_directory_goes_along_with_links_that_stay_in_it()
    {
        File.CreateSymbolicLink(_directory.Combine("app/man/at"), "de");
        var package = Plan("files: [{ from: man, to: /usr/share/shop/man }]");

        Item(package, "usr/share/shop/man/en/shop.1").Kind.ShouldBe(FileKind.File);
        Item(package, "usr/share/shop/man/at").Target.ShouldBe("de");

        File.CreateSymbolicLink(_directory.Combine("app/man/out"), "../bin/shop");
        Fails("files: [{ from: man, to: /usr/share/shop/man }]", PackagerCodes.LinkLeavesTree, "man/out", "line 1");
    }

    [Theory]
    [InlineData("/usr/bin/shop", "/opt/shop/bin/shop", "../../opt/shop/bin/shop")]
    [InlineData("/opt/shop/bin/sell", "/opt/shop/bin/shop", "shop")]
    [InlineData("/opt/shop/log", "/var/log/shop", "../../var/log/shop")]
    [InlineData("/opt/shop/bin/sell", "shop", "shop")]
    public void Links_are_right_below_any_root(string to, string from, string target) =>
        Item(Plan($"files: [{{ from: {from}, to: {to}, type: link }}]"), to[1..]).Target.ShouldBe(target);

    [Fact]
    public void A_link_goes_into_the_directory_as_a_file_does() =>
        Item(Plan("files: [{ from: /opt/shop/bin/shop, to: /usr/bin/, type: link }]"), "usr/bin/shop")
            .Target.ShouldBe("../../opt/shop/bin/shop");

    [Fact]
    public void What_the_build_makes_can_be_placed_with_its_directory()
    {
        _directory.WriteFile("app/canary.yml", "files: [{ from: dist, to: /usr/share/shop }]");
        var made = _directory.WriteFile("made", "x");
        var tree = SourceTree.Read(_directory.Combine("app"));

        var package = PackagePlanner.Plan(
            "shop",
            Packing.Commit,
            tree,
            Canary.Packager.Metadata.MetadataReader.Read(tree),
            new PackagerOptions(),
            [
                new SourceEntry("dist/js/app.js", FileKind.File, 1, false, null)
                {
                    Built = new(new StoredContent(made), new string('1', 64)),
                },
            ]
        );

        Item(package, "usr/share/shop/js/app.js").Source.ShouldBe(new StoredContent(made));
    }

    [Fact]
    public void What_only_stands_for_something_else_is_refused_wherever_it_goes()
    {
        _directory.WriteFile("app/big", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");

        Fails(
            "exclude: [big]\nfiles: [{ from: big, to: /usr/share/shop/big }]",
            PackagerCodes.LfsContentMissing,
            "big"
        );
    }

    [Fact]
    public void Owners_without_a_group_have_the_group_that_they_log_in_with() =>
        Plan("files: [{ to: /var/lib/shop, type: directory, owner: nobody }]")
            .Scripts.ShouldHaveSingleItem()
            .Content.ShouldSatisfyAllConditions(content =>
                System.Text.Encoding.UTF8.GetString(content).ShouldContain("give 'nobody:' '' '/var/lib/shop'")
            );

    [Fact]
    public void An_empty_directory_and_the_owner_of_an_own_user()
    {
        var package = Plan("files: [{ to: /var/lib/shop, type: directory, mode: \"0750\", owner: shop }]");

        Item(package, "var/lib/shop").Mode.ShouldBe((UnixFileMode)0b111_101_000);
        package
            .Scripts.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                script => script.Name.ShouldBe("postinst"),
                script =>
                    System
                        .Text.Encoding.UTF8.GetString(script.Content)
                        .ShouldContain("\tgive 'shop:' '0750' '/var/lib/shop'\n")
            );
    }

    [Fact]
    public void An_entry_takes_the_place_of_the_same_file_below_the_prefix()
    {
        var package = Plan("files: [{ from: bin/shop, to: /opt/shop/bin/shop, mode: \"0700\" }]");

        package.Items.Count(item => item.Path == "opt/shop/bin/shop").ShouldBe(1);
        Item(package, "opt/shop/bin/shop").Mode.ShouldBe((UnixFileMode)0b111_000_000);
    }

    [Theory]
    [InlineData("{ from: etc/shop.ini, to: etc/shop.ini }", "absolute path")]
    [InlineData("{ from: etc/shop.ini, to: /etc/../shop.ini }", "absolute path")]
    [InlineData("{ from: etc/shop.ini, to: /shop.ini }", "absolute path")]
    [InlineData("{ from: etc/shop.ini, to: /bin/shop }", "/usr/bin/shop")]
    [InlineData("{ from: etc/shop.ini, to: /lib/systemd/system/shop.service }", "/usr/lib/systemd")]
    [InlineData("{ from: etc/shop.ini, to: /usr/local/bin/shop }", "/usr/local")]
    [InlineData("{ from: etc/shop.ini, to: /run/shop }", "/run")]
    [InlineData("{ from: etc/shop.ini, to: /etc/passwd }", "of the host itself")]
    [InlineData("{ from: /etc/passwd, to: /etc/shop.ini }", "outside of the repository")]
    [InlineData("{ from: ../x, to: /etc/shop.ini }", "within the repository")]
    [InlineData("{ from: ., to: /usr/share/shop }", "within the repository")]
    [InlineData("{ from: etc/shop.ini, to: /usr/share/shop.ini, mode: \"1666\" }", "everybody")]
    [InlineData("{ to: /etc/shop.ini }", "without `from`")]
    [InlineData("{ from: etc/shop.ini }", "without `to`")]
    [InlineData("{ from: etc/shop.ini, to: /etc/shop.ini, mode: \"0666\" }", "everybody")]
    [InlineData("{ from: etc/shop.ini, to: /etc/shop.ini, mode: rw }", "no mode")]
    [InlineData("{ from: etc/shop.ini, to: /etc/shop.ini, owner: \"a;b\" }", "USER:GROUP")]
    [InlineData("{ from: /x/y, to: /usr/bin/shop, type: link, owner: shop }", "with a mode or an owner")]
    [InlineData("{ to: /var/lib/shop, type: directory, conffile: true }", "no file")]
    [InlineData("{ from: etc/shop.ini, to: /etc/shop.ini, type: socket }", "file, directory, link")]
    public void What_no_package_may_have_is_refused(string entry, string named) =>
        Fails($"files: [{entry}]", MetadataCodes.MetadataValueInvalid, "line 1", named);

    [Theory]
    [InlineData("[{ from: gone, to: /etc/shop.ini }]", PackagerCodes.FileToPlaceMissing, "gone")]
    [InlineData("[{ from: man, to: /usr/share/shop, type: file }]", PackagerCodes.FileToPlaceMissing, "man")]
    [InlineData("[{ fro: man, to: /usr/share/shop }]", PackagerCodes.MetadataUnknownKey, "Did you mean `from`?")]
    [InlineData(
        "[{ from: bin/shop, to: /usr/bin/shop }, { from: etc/shop.ini, to: /usr/bin/shop }]",
        PackagerCodes.FilePlaceTaken,
        "second time"
    )]
    [InlineData(
        "[{ from: host, to: /etc/ }]",
        PackagerCodes.FilePlaceTaken,
        "/etc/passwd is a file of the host itself"
    )]
    [InlineData("[{ from: /x/y, to: /etc/cron.d, type: link }]", PackagerCodes.FilePlaceTaken, "other packages")]
    [InlineData("[{ to: /usr/bin, type: directory, owner: shop }]", PackagerCodes.FilePlaceTaken, "other packages")]
    [InlineData(
        "[{ to: /var/lib/shop, type: directory, owner: shop }, { from: bin/shop, to: /var/lib/shop/x, owner: shop }]",
        PackagerCodes.FilePlaceTaken,
        "could put a link"
    )]
    [InlineData(
        "[{ from: /opt/shop/x, to: /usr/share/doc/shop, type: link }]",
        PackagerCodes.FilePlaceTaken,
        "/usr/share/doc/shop, which is no directory"
    )]
    [InlineData("[{ from: etc/shop.ini, to: /opt/shop }]", PackagerCodes.FilePlaceTaken, "no directory")]
    [InlineData("[{ from: etc/shop.ini, to: /opt/shop/bin/shop/x }]", PackagerCodes.FilePlaceTaken, "no directory")]
    public void What_cannot_be_placed_is_named(string files, string code, string named) =>
        Fails($"files: {files}", code, named);

    [Fact]
    public async Task Dpkg_unpacks_modes_and_owners_and_keeps_what_was_changed_in_etc()
    {
        _directory.WriteFile(
            "app/canary.yml",
            """
            files:
              - { from: etc/shop.ini, to: /etc/shop/shop.ini, mode: "0640", owner: root:adm }
              - { to: /var/lib/shop, type: directory, mode: "1777" }
              - { from: /opt/shop/bin/shop, to: /usr/bin/shop, type: link }
            """
        );
        var package = Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"));
        var listing = await Packing.DpkgDebAsync(package, "--contents");

        listing.ShouldMatch(@"-rw-r----- root/adm +4 \S+ \S+ \./etc/shop/shop\.ini\n");
        listing.ShouldMatch(@"drwxrwxrwt root/root +0 \S+ \S+ \./var/lib/shop/\n");
        listing.ShouldContain("./usr/bin/shop -> ../../opt/shop/bin/shop");
        (await Packing.DpkgDebAsync(package, "--info", "conffiles")).ShouldBe("/etc/shop/shop.ini\n");
    }

    private PackageSpec Plan(string canaryYml)
    {
        _directory.WriteFile("app/canary.yml", canaryYml);
        return Packing.Plan(_directory.Combine("app"));
    }

    private void Fails(string canaryYml, string code, params string[] named) =>
        ((Action)(() => Plan(canaryYml))).ShouldFail(code, named);

    private static PackageItem Item(PackageSpec package, string path) =>
        package.Items.Single(item => item.Path == path);
}
