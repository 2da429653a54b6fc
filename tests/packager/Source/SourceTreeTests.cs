using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Tree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Source;

public sealed class SourceTreeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Gits_own_data_is_never_seen()
    {
        _directory.WriteFile(".git/config", "secret");
        _directory.WriteFile("sub/.git", "gitdir: elsewhere");
        _directory.WriteFile(".gitignore", "*.o");
        _directory.WriteFile("sub/file", "x");

        Read().Entries.Select(entry => entry.Path).ShouldBe([".gitignore", "sub", "sub/file"]);
    }

    [Theory]
    [InlineData("link", "target")]
    [InlineData("link", "./dir/../target")]
    [InlineData("link", ".")]
    [InlineData("dir/link", "../target")]
    [InlineData("dir/link", "..")]
    [InlineData("dir/link", "../missing")]
    [InlineData("link", "link")]
    [InlineData("link", "dir/sub/up/target")]
    public void A_link_that_stays_inside_is_kept(string path, string target)
    {
        Link("dir/sub/up", "../..");
        Link(path, target);

        StaysInside(path).ShouldBeTrue();
    }

    [Theory]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "..")]
    [InlineData("link", "../app2/x")]
    [InlineData("link", "dir/../../x")]
    [InlineData("dir/link", "../..")]
    [InlineData("dir/sub/link", "../../../x")]
    // Its text stays inside, the way through another link does not.
    [InlineData("link", "dir/sub/up/../x")]
    [InlineData("link", "dir/sub/absolute/x")]
    public void A_link_that_leaves_is_found_out(string path, string target)
    {
        Link("dir/sub/up", "../..");
        Link("dir/sub/absolute", "/etc");
        Link(path, target);

        StaysInside(path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_named_pipe_is_an_error_and_is_not_opened()
    {
        await ProcessRunner.OutputOfAsync("mkfifo", [_directory.Combine("pipe")]);

        new Action(() => Read()).ShouldFail("file-kind-unsupported", "pipe");
    }

    [Fact]
    public async Task A_device_is_an_error()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may make a device.");
        await ProcessRunner.OutputOfAsync("mknod", [_directory.Combine("null"), "c", "1", "3"]);

        new Action(() => Read()).ShouldFail("file-kind-unsupported", "null");
    }

    [Fact]
    public async Task A_name_that_is_not_utf8_is_an_error()
    {
        await ProcessRunner.OutputOfAsync("sh", ["-c", "touch \"$1/caf$(printf '\\351')\"", "sh", _directory.Path]);

        new Action(() => Read()).ShouldFail("file-name-not-utf8", "caf");
    }

    [Fact]
    public void A_name_with_the_replacement_character_itself_is_fine()
    {
        _directory.WriteFile("odd\uFFFD", "x");

        Read().Entries.ShouldHaveSingleItem().Size.ShouldBe(1);
    }

    private Tree Read() => Tree.Read(_directory.Path);

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.Combine(path))!);
        File.CreateSymbolicLink(_directory.Combine(path), target);
    }

    private bool StaysInside(string path)
    {
        var tree = Read();
        return tree.StaysInside(tree.Entries.Single(entry => entry.Path == path));
    }
}
