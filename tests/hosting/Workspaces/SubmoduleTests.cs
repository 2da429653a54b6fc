using Canary.Failures;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Canary.Hosting.Tests.Workspaces;

public sealed class SubmoduleTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Canary.Processes.Workspaces.Workspaces _workspaces;

    public SubmoduleTests() => _workspaces = Create("data", new WorkspaceOptions { Submodules = true });

    public async ValueTask DisposeAsync()
    {
        await _workspaces.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Files_of_submodules_of_submodules_are_there_where_they_are_switched_on()
    {
        using var inner = await GitRepository.CreateAsync();
        var innermost = await inner.WithFile("deep", "deep").CommitAsync();
        using var library = await GitRepository.CreateAsync();
        var middle = await WithSubmodule(library.WithFile("lib.c", "int x;"), "vendor/inner", inner.Path, innermost);
        using var repository = await GitRepository.CreateAsync();
        var commit = await WithSubmodule(repository.WithFile("a", "a"), "lib", library.Path, middle);

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));

        (await File.ReadAllTextAsync(Path.Combine(workspace.Path, "lib/lib.c"))).ShouldBe("int x;");
        (await File.ReadAllTextAsync(Path.Combine(workspace.Path, "lib/vendor/inner/deep"))).ShouldBe("deep");

        await using var off = Create("off", new WorkspaceOptions());
        await using var without = await off.CheckoutAsync(Request(repository, commit));
        Directory.EnumerateFileSystemEntries(Path.Combine(without.Path, "lib")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_submodules_without_end_a_commit_gets_some_and_is_told()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository.WithFile("a", "a").CommitAsync();
        for (var depth = 0; depth < 3; depth++)
        {
            var modules = "";
            for (var i = 0; i < 6; i++)
            {
                modules += $"[submodule \"{i}\"]\n\tpath = m{i}\n\turl = ./\n";
                Directory.CreateDirectory(Path.Combine(repository.Path, $"m{i}"));
                await repository.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{commit},m{i}");
            }

            commit = await repository.WithFile(".gitmodules", modules).CommitAsync($"{depth}");
        }

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("submodule-refused");
        error.Message.ShouldContain("more than 200");
    }

    [Fact]
    public async Task A_pull_request_gets_no_submodules()
    {
        using var library = await GitRepository.CreateAsync();
        var inner = await library.WithFile("secret", "x").CommitAsync();
        using var repository = await GitRepository.CreateAsync();
        var commit = await WithSubmodule(repository.WithFile("a", "a"), "lib", library.Path, inner);

        await using var workspace = await _workspaces.CheckoutAsync(
            Request(repository, commit) with
            {
                PullRequest = 1,
            }
        );

        Directory.EnumerateFileSystemEntries(Path.Combine(workspace.Path, "lib")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://elsewhere.example/lib.git", "elsewhere.example")]
    [InlineData("git@elsewhere.example:lib.git", "elsewhere.example")]
    [InlineData("ext::sh -c id", "ext::sh")]
    public async Task A_submodule_on_another_server_is_refused(string address, string named)
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await WithSubmodule(repository, "lib", address, new string('1', 40));

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("submodule-refused");
        error.Message.ShouldContain("lib");
        error.Message.ShouldContain(named);
        error.Remedy.ShouldContain("workspaces.submodule-hosts");
    }

    [Fact]
    public async Task A_submodule_that_cannot_be_fetched_is_named()
    {
        using var library = await GitRepository.CreateAsync();
        await library.WithFile("a", "a").CommitAsync();
        using var repository = await GitRepository.CreateAsync();
        var commit = await WithSubmodule(repository, "lib", library.Path, new string('1', 40));

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-missing");
        error.Message.ShouldStartWith("Submodule 'lib': ");
    }

    [Fact]
    public async Task A_commit_of_which_nobody_says_where_it_is_is_refused()
    {
        using var repository = await GitRepository.CreateAsync();
        repository.WithFile(".gitmodules", "[submodule \"other\"]\n\tpath = other\n\turl = x\n");
        Directory.CreateDirectory(Path.Combine(repository.Path, "lib"));
        await repository.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},lib");
        var commit = await repository.CommitAsync();

        var error = await _workspaces.CheckoutAsync(Request(repository, commit)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("submodule-refused");
        error.Message.ShouldContain("does not say where it is");
    }

    [Theory]
    [InlineData("https://git.example/acme/shop.git", "../lib.git", "https://git.example/acme/lib.git", true)]
    [InlineData("https://git.example/acme/shop.git/", "../../other/lib.git", "https://git.example/other/lib.git", true)]
    [InlineData("https://git.example/acme/shop.git", "./lib", "https://git.example/acme/shop.git/lib", true)]
    [InlineData("https://git.example/a.git", "https://git.example/b.git", "https://git.example/b.git", true)]
    [InlineData(
        "https://git.example/a.git",
        "https://token@GIT.example/b.git",
        "https://token@GIT.example/b.git",
        true
    )]
    [InlineData("https://git.example/a.git", "http://git.example/b.git", "http://git.example/b.git", false)]
    [InlineData("https://git.example/a.git", "https://git.example:8443/b.git", "https://git.example:8443/b.git", false)]
    [InlineData("https://git.example/a.git", "https://git.example.evil/b.git", "https://git.example.evil/b.git", false)]
    [InlineData("https://git.example/a.git", "/etc", "/etc", false)]
    [InlineData("https://git.example/a.git", "file:///etc", "file:///etc", false)]
    [InlineData("git@git.example:a.git", "git@git.example:b.git", "git@git.example:b.git", true)]
    [InlineData("git@git.example:acme/a.git", "../../other/b.git", "git@git.example:other/b.git", true)]
    [InlineData(
        "https://git.example/a.git",
        "https://evil:8443?@git.example/b",
        "https://evil:8443?@git.example/b",
        false
    )]
    [InlineData("https://git.example/a.git", "https://evil#@git.example/b", "https://evil#@git.example/b", false)]
    [InlineData("https://git.example/a.git", "https://evil\\@git.example/b", "https://evil\\@git.example/b", false)]
    [InlineData("ssh://git.example/a.git", "ssh://evil%2fx@git.example/b", "ssh://evil%2fx@git.example/b", false)]
    [InlineData("/srv/a", "/srv/b", "/srv/b", true)]
    [InlineData("/srv/a", "https://git.example/b.git", "https://git.example/b.git", false)]
    public void Addresses_mean_what_git_means_by_them(string repository, string address, string resolved, bool same)
    {
        SubmoduleAddress.Resolve(repository, address).ShouldBe(resolved);
        SubmoduleAddress.IsOnServerOf(repository, resolved).ShouldBe(same);
    }

    [Fact]
    public async Task Files_that_a_filter_would_change_are_named_and_left_as_they_are()
    {
        using var repository = await GitRepository.CreateAsync();
        var commit = await repository
            .WithFile("secrets/.gitattributes", "key filter=git-crypt diff=git-crypt\nplain !filter\n")
            .WithFile("secrets/key", "\0GITCRYPT\0")
            .WithFile("secrets/plain", "x")
            .WithFile("a", "a")
            .CommitAsync();

        await using var workspace = await _workspaces.CheckoutAsync(Request(repository, commit));

        workspace.Filtered.ShouldBe(["secrets/key"]);
    }

    private static async Task<string> WithSubmodule(
        GitRepository repository,
        string path,
        string address,
        string commit
    )
    {
        repository.WithFile(".gitmodules", $"[submodule \"{path}\"]\n\tpath = {path}\n\turl = {address}\n");
        Directory.CreateDirectory(Path.Combine(repository.Path, path));
        await repository.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{commit},{path}");
        return await repository.CommitAsync();
    }

    private Canary.Processes.Workspaces.Workspaces Create(string name, WorkspaceOptions options) =>
        new(_directory.Combine(name), options, NullLogger<Canary.Processes.Workspaces.Workspaces>.Instance);

    private static SourceRequest Request(GitRepository repository, string commit) =>
        new() { CloneUrl = repository.Path, Commit = commit };
}
