using System.Text;
using Canary.Failures;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Canary.Hosting.Tests.Workspaces;

/// <summary>Real git-lfs against a server of its protocol.</summary>
public sealed class LargeFilesTests : IAsyncDisposable
{
    private const string Content = "something large, of which git keeps a pointer only\n";

    private readonly TempDirectory _directory = new();
    private readonly Canary.Processes.Workspaces.Workspaces _workspaces;

    public LargeFilesTests() =>
        _workspaces = new(
            _directory.Combine("data"),
            new WorkspaceOptions { Protocols = ["http", "file"], LargeFiles = true },
            NullLogger<Canary.Processes.Workspaces.Workspaces>.Instance
        );

    public async ValueTask DisposeAsync()
    {
        await _workspaces.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Content_is_fetched_once_and_from_the_repositorys_own_server_whatever_the_commit_says(
        bool withRepository
    )
    {
        await InstalledPackages.RequireAsync("git-lfs");
        using var repository = await GitRepository.CreateAsync();
        await using var elsewhere = await LargeFileServer.StartAsync();
        await using var server = await LargeFileServer.StartAsync(repository);
        var commit = await CommitAsync(
            repository,
            server.PointerTo(Encoding.UTF8.GetBytes(Content)),
            elsewhere.Address
        );
        var request = new SourceRequest
        {
            CloneUrl = $"{server.Address}/app.git",
            Commit = commit,
            Branch = "main",
            WithRepository = withRepository,
            SelfContained = withRepository,
        };

        for (var i = 0; i < 2; i++)
        {
            await using var workspace = await _workspaces.CheckoutAsync(request);

            (await File.ReadAllTextAsync(Path.Combine(workspace.Path, "data.bin"))).ShouldBe(Content);
            workspace.Filtered.ShouldBeEmpty();
        }

        server.Requests.Count(it => it.StartsWith("GET /objects/", StringComparison.Ordinal)).ShouldBe(1);
        elsewhere.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Content_that_the_server_does_not_have_is_a_failure_that_says_so()
    {
        await InstalledPackages.RequireAsync("git-lfs");
        using var repository = await GitRepository.CreateAsync();
        await using var server = await LargeFileServer.StartAsync(repository);
        var pointer = server.PointerTo(Encoding.UTF8.GetBytes(Content));
        server.Objects.Clear();
        var commit = await CommitAsync(repository, pointer, server.Address);

        var error = await _workspaces
            .CheckoutAsync(
                new SourceRequest
                {
                    CloneUrl = $"{server.Address}/app.git",
                    Commit = commit,
                    Branch = "main",
                }
            )
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("large-files-unreachable");
        error.Message.ShouldContain("does not exist");
        error.Remedy.ShouldContain("git lfs push");
    }

    [Fact]
    public async Task Content_that_was_damaged_here_is_noticed_and_fetched_anew()
    {
        await InstalledPackages.RequireAsync("git-lfs");
        using var repository = await GitRepository.CreateAsync();
        await using var server = await LargeFileServer.StartAsync(repository);
        var commit = await CommitAsync(repository, server.PointerTo(Encoding.UTF8.GetBytes(Content)), server.Address);
        var request = new SourceRequest
        {
            CloneUrl = $"{server.Address}/app.git",
            Commit = commit,
            Branch = "main",
        };
        await (await _workspaces.CheckoutAsync(request)).DisposeAsync();
        var kept = Directory
            .EnumerateFiles(_workspaces.Copies, server.Objects.Keys.Single(), SearchOption.AllDirectories)
            .Single();
        File.SetUnixFileMode(kept, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(kept, new string('x', Content.Length), TestContext.Current.CancellationToken);

        var error = await _workspaces.CheckoutAsync(request).ShouldThrowAsync<CanaryException>();
        error.Code.ShouldBe("large-files-unreachable");
        error.Message.ShouldContain("data.bin");

        await using var workspace = await _workspaces.CheckoutAsync(request);
        (await File.ReadAllTextAsync(Path.Combine(workspace.Path, "data.bin"))).ShouldBe(Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task Content_of_a_repository_on_this_machine_is_taken_from_it(string scheme)
    {
        await InstalledPackages.RequireAsync("git-lfs");
        using var repository = await GitRepository.CreateAsync();
        await using var server = await LargeFileServer.StartAsync();
        var commit = await CommitAsync(repository, server.PointerTo(Encoding.UTF8.GetBytes(Content)), server.Address);
        var oid = server.Objects.Keys.Single();
        repository.WithFile($".git/lfs/objects/{oid[..2]}/{oid[2..4]}/{oid}", Content);

        await using var workspace = await _workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = scheme + repository.Path,
                Commit = commit,
                Branch = "main",
            }
        );

        (await File.ReadAllTextAsync(Path.Combine(workspace.Path, "data.bin"))).ShouldBe(Content);
        server.Requests.ShouldBeEmpty();
    }

    private static async Task<string> CommitAsync(GitRepository repository, string pointer, string said)
    {
        var commit = await repository
            .WithFile(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
            .WithFile(".lfsconfig", $"[lfs]\n\turl = {said}/app.git/info/lfs\n\tfetchexclude = *\n")
            .WithFile("data.bin", pointer)
            .CommitAsync();
        await repository.GitAsync("update-server-info");
        return commit;
    }
}
