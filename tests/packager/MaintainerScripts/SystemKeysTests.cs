using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.MaintainerScripts;

/// <summary>Configuration files that go, triggers and alternatives, with real dpkg.</summary>
public sealed class SystemKeysTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly DpkgRoot _root;

    private int _versions;

    public SystemKeysTests() => _root = new DpkgRoot(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_conffile_that_a_version_does_not_bring_goes_unless_it_was_changed_and_comes_back()
    {
        _directory.WriteFile("app/same.ini", "a=1\n");
        _directory.WriteFile("app/changed.ini", "a=1\n");
        var first = Pack("conffiles: [same.ini, changed.ini]");
        var second = Pack("exclude: ['*.ini']");
        await _root.InstallAsync(first);
        await File.WriteAllTextAsync(_root.PathOf("opt/shop/changed.ini"), "a=2\n");

        await _root.InstallAsync(second);
        _root.Tree("opt/shop").ShouldBe(["canary.yml", "changed.ini"]);

        await _root.InstallAsync(first);
        _root.Read("opt/shop/same.ini").ShouldBe("a=1\n");
        _root.Read("opt/shop/changed.ini").ShouldBe("a=2\n");
    }

    [Fact]
    public async Task A_conffile_that_is_named_goes_whoever_left_it()
    {
        _directory.WriteFile("app/changed.ini", "a=1\n");
        await _root.InstallAsync(Pack("conffiles: [changed.ini]"));
        await File.WriteAllTextAsync(_root.PathOf("opt/shop/changed.ini"), "a=2\n");

        await _root.InstallAsync(Pack("exclude: ['*.ini']\nrm-conffiles: [/opt/shop/changed.ini]"));

        _root.Tree("opt/shop").ShouldBe(["canary.yml", "changed.ini.dpkg-bak"]);
    }

    [Fact]
    public async Task An_alternative_stands_while_a_version_offers_it()
    {
        _directory.WriteFile("app/bin/edit", "#!/bin/sh\n", executable: true);
        foreach (var directory in (string[])["usr/bin", "etc/alternatives", "var/lib/dpkg/alternatives"])
        {
            _directory.CreateDirectory($"root/{directory}");
        }

        var offering = Pack("alternatives: {editor: {link: /usr/bin/editor, path: bin/edit, priority: 60}}");
        var bare = Pack("exclude: [bin]");
        await _root.InstallAsync(offering);
        _root.Tree("usr/bin").ShouldBe(["editor -> /etc/alternatives/editor"]);
        _root.Tree("etc/alternatives").ShouldBe(["editor -> /opt/shop/bin/edit"]);

        await _root.InstallAsync(bare);
        _root.Tree("usr/bin").ShouldBeEmpty();

        await _root.InstallAsync(offering);
        await _root.InstallAsync(Pack("description: it has the program still"));
        _root.Tree("usr/bin").ShouldBeEmpty();

        await _root.InstallAsync(offering);
        (await _root.DpkgAsync("--purge", "shop")).EnsureSuccess();
        _root.Tree("usr/bin").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_person_s_choice_of_an_alternative_that_is_a_link_outlives_an_upgrade()
    {
        _directory.WriteFile("app/bin/real", "#!/bin/sh\n", executable: true);
        File.CreateSymbolicLink(_directory.Combine("app", "bin", "edit"), "real");
        foreach (var directory in (string[])["usr/bin", "etc/alternatives", "var/lib/dpkg/alternatives"])
        {
            _directory.CreateDirectory($"root/{directory}");
        }

        const string Offer = "alternatives: {editor: {link: /usr/bin/editor, path: bin/edit, priority: 60}}";
        await _root.InstallAsync(Pack(Offer));
        var chosen = _root.PathOf("var/lib/dpkg/alternatives/editor");
        await File.WriteAllTextAsync(
            chosen,
            (await File.ReadAllTextAsync(chosen)).Replace("auto\n", "manual\n", StringComparison.Ordinal)
        );

        await _root.InstallAsync(Pack($"{Offer}\ndescription: the next"));

        (await File.ReadAllTextAsync(chosen)).ShouldStartWith("manual\n");
    }

    [Fact]
    public async Task Triggers_are_in_the_package()
    {
        var package = Pack("triggers: [interest-noawait /usr/share/fonts, activate-noawait ldconfig]");

        (await Packing.DpkgDebAsync(package, "--info", "triggers")).ShouldBe(
            "interest-noawait /usr/share/fonts\nactivate-noawait ldconfig\n"
        );
        await _root.InstallAsync(package);
    }

    [Theory]
    [InlineData("triggers: [interest]", "is no trigger")]
    [InlineData("triggers: [\"interest a b\"]", "is no trigger")]
    [InlineData("alternatives: {editor: {link: /usr/bin/editor}}", "is no alternative")]
    [InlineData("alternatives: {editor: {link: usr/bin/editor, path: bin/edit}}", "absolute path")]
    [InlineData("alternatives: {editor: {lnk: /usr/bin/editor}}", "link, path, priority")]
    [InlineData("rm-conffiles: [etc/x]", "absolute path")]
    public void What_is_wrong_is_said(string yml, string said)
    {
        var error = Should.Throw<Canary.Failures.CanaryException>(() => Pack(yml));

        $"{error.Message} {error.Remedy}".ShouldContain(said);
    }

    private BuiltPackage Pack(string yml)
    {
        _directory.WriteFile("app/canary.yml", yml);
        return Packing.Pack(
            _directory.Combine("app"),
            _directory.Combine($"{++_versions}.deb"),
            commit: Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(_versions),
            }
        );
    }
}
