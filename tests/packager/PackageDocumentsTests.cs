using System.Text;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests;

public sealed class PackageDocumentsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_license_file_is_part_of_the_copyright_file()
    {
        _directory.WriteFile("canary.yml", "license: MIT\nhomepage: https://shop.example.org/\n");
        _directory.WriteFile("LICENSE", "Copyright 2024 The shop authors\n\nPermission is hereby granted\n");

        Copyright()
            .ShouldBe(
                """
                shop is maintained by Ada Author <ada@example.org>.
                Its home page is https://shop.example.org/.

                License: MIT

                Copyright 2024 The shop authors

                Permission is hereby granted

                """
            );
    }

    [Theory]
    [InlineData("Apache-2.0", "anything", "Apache-2.0")]
    [InlineData("GPL-3.0-or-later", "anything", "GPL-3")]
    [InlineData(
        null,
        "        Apache License\n    Version 2.0, January 2004\n http://www.apache.org/licenses/",
        "Apache-2.0"
    )]
    [InlineData(null, "   GNU LESSER GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n", "LGPL-3")]
    [InlineData(null, "Mozilla Public License Version 2.0\n====", "MPL-2.0")]
    public void A_text_that_every_Debian_system_has_is_referred_to(string? license, string text, string file)
    {
        _directory.WriteFile("canary.yml", license is null ? "" : $"license: {license}");
        _directory.WriteFile("LICENSE", text);

        Copyright().ShouldContain($"/usr/share/common-licenses/{file}.");
        Copyright().ShouldNotContain(text);
    }

    [Fact]
    public void A_repository_without_a_license_says_so()
    {
        _directory.WriteFile("a", "x");

        Copyright().ShouldContain("names no license");
    }

    [Fact]
    public async Task The_changelog_is_one_that_dpkg_reads()
    {
        _directory.WriteFile("app/a", "x");
        var package = Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"));
        await Packing.DpkgDebAsync(package, "--extract", _directory.Combine("out"));

        var text = await ProcessRunner.OutputOfAsync(
            "gunzip",
            ["--stdout", _directory.Combine("out/usr/share/doc/shop/changelog.Debian.gz")]
        );

        text.ShouldBe(
            $"""
            shop (0.0.0{Packing.CommitSuffix}) unstable; urgency=medium

              * Open the shop

             -- Ada Author <ada@example.org>  Tue, 14 Nov 2023 22:13:20 +0000

            """
        );
    }

    private string Copyright() =>
        Encoding.UTF8.GetString(
            Packing
                .Plan(_directory.Path)
                .Items.Single(item => item.Path.EndsWith("/copyright", StringComparison.Ordinal))
                .Content!
        );
}
