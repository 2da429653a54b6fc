using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Deb;

public sealed class LintianTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Lintian_finds_no_error_but_the_place()
    {
        var errors = await ErrorsAsync(new PackagerOptions());

        errors.ShouldNotBeEmpty("Without the tag for /opt, lintian did not look.");
        errors.ShouldAllBe(error => error.Contains("dir-or-file-in-opt"));
    }

    [Fact]
    public async Task Lintian_finds_no_more_in_zstd_than_that_Debians_own_archive_does_not_take_it()
    {
        var errors = await ErrorsAsync(new PackagerOptions { Compression = Compression.Zstd });

        errors
            .Where(error => !error.Contains("dir-or-file-in-opt"))
            .ShouldAllBe(error => error.Contains("malformed-deb-archive") && error.Contains(".tar.zst not "));
    }

    [Fact]
    public async Task Full_metadata_passes_too()
    {
        _directory.WriteFile(
            "app/canary.yml",
            """
            name: acme-shop
            version: 1.2.3
            description: |
              sells things
              It sells things to people.

              And it takes their money.
            maintainer: Shop team <shop@example.org>
            homepage: https://shop.example.org/
            license: Apache-2.0
            section: web
            depends: ["python3 (>= 3.9)", "adduser | passwd"]
            recommends: [ca-certificates]
            suggests: [shop-doc]
            conflicts: [old-shop]
            provides: [shop-frontend]
            replaces: [old-shop (<< 1.0)]
            scripts:
              pre-remove: script/prerm
            """
        );
        _directory.WriteFile("app/script/prerm", "#!/bin/sh\nset -e\nrm -f /opt/acme-shop/cache\n");

        var errors = await ErrorsAsync(new PackagerOptions { Compression = Compression.Xz });

        errors.ShouldAllBe(error => error.Contains("dir-or-file-in-opt"));
    }

    [Fact]
    public async Task Services_pass_too()
    {
        _directory.WriteFile(
            "app/canary.yml",
            """
            description: sells things
            services:
              shop: {command: [bin/serve], environment-file: shop.env}
              clean: {command: [bin/serve], schedule: daily}
            scripts: {pre-remove: script/prerm, post-remove: script/prerm, pre-install: script/prerm}
            """
        );
        _directory.WriteFile("app/script/prerm", "#!/bin/sh\nset -e\nrm -f /opt/shop/cache\n");
        _directory.WriteFile("app/shop.env", "PORT=80\n");
        _directory.WriteFile(
            "app/systemd/shop-own.service",
            "[Unit]\nDescription=own\n[Service]\nUser=own\nExecStart=/opt/shop/bin/serve\n[Install]\nWantedBy=multi-user.target\n"
        );

        var errors = await ErrorsAsync(new PackagerOptions());

        errors.ShouldAllBe(error => error.Contains("dir-or-file-in-opt"));
    }

    private async Task<IReadOnlyList<string>> ErrorsAsync(PackagerOptions options)
    {
        await InstalledPackages.RequireAsync("lintian");
        _directory.WriteFile("app/README.md", "# Shop\n");
        _directory.WriteFile("app/LICENSE", "Copyright 2024 The shop authors\n");
        _directory.WriteFile("app/bin/serve", "#!/bin/sh\nexec sleep 1\n", executable: true);
        _directory.WriteFile("app/script/post-inst", "#!/bin/sh\nset -e\necho installed\n", executable: true);
        var link = _directory.Combine("app/serve");
        if (!Path.Exists(link))
        {
            File.CreateSymbolicLink(link, "bin/serve");
        }

        var package = Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"), options: options);
        var result = await ProcessRunner.RunAsync(
            "lintian",
            ["--no-cfg", "--tag-display-limit", "0", "--allow-root", package.Path],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" }
        );
        return [.. result.Output.Split('\n').Where(line => line.StartsWith("E:", StringComparison.Ordinal))];
    }
}
