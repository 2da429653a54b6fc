using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.MaintainerScripts;

/// <summary>Directories that become links, and back, with real dpkg: netdata#7067.</summary>
public sealed class LinkSwitchesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly DpkgRoot _root;

    private readonly string _app;

    private int _versions;

    public LinkSwitchesTests()
    {
        _root = new DpkgRoot(_directory);
        _app = _directory.CreateDirectory("app");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_host_has_exactly_the_tree_of_the_version_after_each_step()
    {
        var directory = Pack(("public/assets/app.js", "1"), ("public/assets/old/a.js", "1"));
        var link = Pack(("build-2/app.js", "2"), ("public/assets", "-> ../build-2"));
        var other = Pack(("public/assets/app.js", "3"), ("build-2/app.js", "3"));
        var both = Pack(("public/assets/app.js", "4"), ("build-2", "-> public/assets"));
        foreach (
            var version in (BuiltPackage[])
                [directory, link, other, link, directory, both, link, both, other, both, directory]
        )
        {
            await InstallAsync(version);
        }

        (await _root.DpkgAsync("--purge", "shop")).EnsureSuccess();
        _root.Tree("opt").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_the_packages_or_was_changed_is_kept()
    {
        var directory = Pack(("assets/app.js", "1"), ("assets/it's \"odd\".js", "1"), ("assets/changed.js", "1"));
        var link = Pack(("build/app.js", "2"), ("assets", "-> build"));
        await InstallAsync(directory);
        await File.WriteAllTextAsync(_root.PathOf("opt/shop/assets/changed.js"), "mine");
        _directory.WriteFile("root/opt/shop/assets/uploads/cat.jpg", "meow");

        (await _root.DpkgAsync("--install", link.Path)).EnsureSuccess().Text.ShouldContain("/opt/shop/assets.dpkg-old");

        _root.Read("opt/shop/assets/app.js").ShouldBe("2");
        _root.Tree("opt/shop/assets.dpkg-old").ShouldBe(["changed.js", "uploads/", "uploads/cat.jpg"]);
        (await _root.DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_installation_that_fails_leaves_what_was_there()
    {
        var directory = Pack(("assets/app.js", "1"), ("build/app.js", "1"));
        var link = Pack(("build/app.js", "2"), ("assets", "-> build"));
        var brokenLink = Pack(("build/app.js", "3"), ("assets", "-> build"), ("script/fail", "#!/bin/sh\nexit 1\n"));
        var brokenDirectory = Pack(("assets/app.js", "4"), ("script/fail", "#!/bin/sh\nexit 1\n"));
        await InstallAsync(directory);
        var before = _root.Tree("opt").ToList();

        (await _root.DpkgAsync("--install", brokenLink.Path)).ExitCode.ShouldNotBe(0);
        _root.Tree("opt").ShouldBe(before);
        (await _root.DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();

        await InstallAsync(link);
        before = [.. _root.Tree("opt")];
        (await _root.DpkgAsync("--install", brokenDirectory.Path)).ExitCode.ShouldNotBe(0);
        _root.Tree("opt").ShouldBe(before);
        (await _root.DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();
    }

    private readonly Dictionary<string, IReadOnlyList<string>> _trees = [];

    private async Task InstallAsync(BuiltPackage package)
    {
        (await _root.DpkgAsync("--install", package.Path)).EnsureSuccess();
        _root.Tree("opt/shop").ShouldBe(_trees[package.Path]);
        (await _root.DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();
    }

    private BuiltPackage Pack(params (string Path, string Content)[] files)
    {
        Directory.Delete(_app, recursive: true);
        Directory.CreateDirectory(_app);
        foreach (var (path, content) in files)
        {
            var full = Path.Combine(_app, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            if (content.StartsWith("-> ", StringComparison.Ordinal))
            {
                File.CreateSymbolicLink(full, content[3..]);
            }
            else
            {
                File.WriteAllText(full, content);
            }
        }

        if (files.Any(file => file.Path == "script/fail"))
        {
            File.WriteAllText(Path.Combine(_app, "canary.yml"), "scripts: {pre-install: script/fail}");
        }

        var package = Packing.Pack(
            _app,
            _directory.Combine($"{++_versions}.deb"),
            commit: Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(_versions),
            }
        );
        _trees[package.Path] =
        [
            .. new DirectoryInfo(_app)
                .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
                .Select(entry =>
                    Path.GetRelativePath(_app, entry.FullName)
                    + (
                        entry.LinkTarget is { } target ? $" -> {target}"
                        : entry is DirectoryInfo ? "/"
                        : ""
                    )
                )
                .Order(StringComparer.Ordinal),
        ];
        return package;
    }
}
