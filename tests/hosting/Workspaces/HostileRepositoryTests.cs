using Canary.Failures;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Canary.Hosting.Tests.Workspaces;

/// <summary>A repository on this machine is read, never obeyed.</summary>
public sealed class HostileRepositoryTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    private HostileRepository _repository = null!;

    private Canary.Processes.Workspaces.Workspaces _workspaces = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await HostileRepository.CreateAsync();
        await _repository.ProveAsync();
        _workspaces = new(
            _directory.Combine("data"),
            new WorkspaceOptions(),
            NullLogger<Canary.Processes.Workspaces.Workspaces>.Instance
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _workspaces.DisposeAsync();
        _repository.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    [InlineData("file://localhost")]
    public async Task A_checkout_runs_nothing_of_the_repository(string scheme)
    {
        await using var workspace = await _workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = scheme + _repository.Path,
                Commit = _repository.Commit,
                WithRepository = true,
                SelfContained = true,
            }
        );

        File.ReadAllText(Path.Combine(workspace.Path, "a")).ShouldBe("a\n");
        _repository.Ran.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task To_locate_a_commit_runs_nothing_of_the_repository(string scheme)
    {
        var position = await _workspaces.LocateAsync(
            new SourceRequest
            {
                CloneUrl = scheme + _repository.Path,
                Commit = _repository.Commit,
                Branch = "main",
            }
        );
        var other = await _workspaces.LocateAsync(
            new SourceRequest
            {
                CloneUrl = scheme + _repository.Path,
                Commit = new string('1', 40),
                Branch = "main",
            }
        );

        position.Relation.ShouldBe(CommitRelation.Head);
        other.Relation.ShouldBe(CommitRelation.Elsewhere);
        _repository.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_that_is_not_there_is_not_asked_for_by_the_repositorys_own_means()
    {
        var error = await _workspaces
            .CheckoutAsync(
                new SourceRequest
                {
                    CloneUrl = _repository.Path,
                    Commit = new string('1', 40),
                    Branch = "main",
                }
            )
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("commit-missing");
        _repository.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task Git_runs_nothing_of_the_repository_through_a_view()
    {
        var git = Client([]);
        using var view = (await git.OpenAsync(_repository.Path, default)).ShouldNotBeNull();

        var status = await git.TryAsync([.. view.Arguments, "status", "--porcelain"], default, view.Index);
        var difference = await git.TryAsync([.. view.Arguments, "diff"], default, view.Index);
        var missing = await git.TryAsync([.. view.Arguments, "cat-file", "-e", new string('1', 40)], default);

        GitClient.TextOf(status).ShouldBe(" M a\n");
        GitClient.TextOf(difference).ShouldContain("+changed");
        missing.Succeeded.ShouldBeFalse();
        _repository.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_view_is_gone_when_it_was_used()
    {
        string path;
        using (var view = (await Client([]).OpenAsync(_repository.Path, default)).ShouldNotBeNull())
        {
            path = view.Path;
            Directory.Exists(path).ShouldBeTrue();
        }

        Directory.Exists(path).ShouldBeFalse();
        File.Exists(Path.Combine(_repository.Path, ".git", "HEAD")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_repository_of_somebody_else_is_refused_unless_the_operator_allows_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a repository away.");
        await ProcessRunner.OutputOfAsync("chown", ["-R", "65534:65534", _repository.Path]);

        var error = await _workspaces
            .CheckoutAsync(new SourceRequest { CloneUrl = _repository.Path, Commit = _repository.Commit })
            .ShouldThrowAsync<CanaryException>();
        error.Code.ShouldBe("repository-of-others");
        error.Remedy.ShouldContain($"safe.directory {_repository.Path}");

        // It cannot allow itself.
        File.AppendAllText(Path.Combine(_repository.Path, ".git", "config"), "[safe]\n\tdirectory = *\n");
        var again = await Client([]).OpenAsync(_repository.Path, default).ShouldThrowAsync<CanaryException>();
        again.Code.ShouldBe("repository-of-others");

        var allowed = _directory.WriteFile("gitconfig", $"[safe]\n\tdirectory = {_repository.Path}\n");
        using var view = await Client([new("GIT_CONFIG_GLOBAL", allowed)]).OpenAsync(_repository.Path, default);
        view.ShouldNotBeNull();
        _repository.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_git_alone_would_take_for_a_repository_is_not_given_to_it()
    {
        // A head that leads to nothing is one for git.
        var head = Path.Combine(_repository.Path, ".git", "HEAD");
        File.Delete(head);
        File.CreateSymbolicLink(head, "refs/heads/unborn");

        var error = await _workspaces
            .CheckoutAsync(new SourceRequest { CloneUrl = "file://" + _repository.Path, Commit = _repository.Commit })
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("repository-unreachable");
        _repository.Ran.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, "*")]
    [InlineData(true, "/srv/git/shop")]
    [InlineData(true, "/srv/git/shop/")]
    [InlineData(true, "/srv/git/*")]
    [InlineData(true, "/elsewhere", "/srv/*")]
    [InlineData(false)]
    [InlineData(false, "/srv/git")]
    [InlineData(false, "/srv/git/sho*")]
    [InlineData(false, "*", "")]
    public void Safe_directories_are_those_of_git(bool allowed, params string[] values) =>
        new LocalRepository("/srv/git/shop", "/srv/git/shop/.git", "/srv/git/shop/.git")
            .IsAllowedBy(values)
            .ShouldBe(allowed);

    [Fact]
    public void What_stands_for_git_and_never_ends_is_no_repository()
    {
        var path = _directory.CreateDirectory("endless");
        File.CreateSymbolicLink(Path.Combine(path, ".git"), "/dev/zero");

        LocalRepository.Find(path).ShouldBeNull();
    }

    /// <summary>With an operator's configuration that is known.</summary>
    private GitClient Client(IEnumerable<KeyValuePair<string, string>> operators) =>
        new(
            _directory.Combine("git"),
            new WorkspaceOptions(),
            operators:
            [
                new("PATH", Environment.GetEnvironmentVariable("PATH") ?? ""),
                new("GIT_CONFIG_NOSYSTEM", "1"),
                .. operators,
            ]
        );
}
