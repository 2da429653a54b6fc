using Canary.Failures;
using Canary.Ingress.Repositories;
using Canary.Processes.Workspaces;
using Canary.Testing;

namespace Canary.Ingress.Tests.Repositories;

/// <summary>What git takes from a repository is limited.</summary>
public sealed class GitBranchesTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();

    private GitRepository _repository = null!;

    private GitHttpServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        await _repository.CommitAsync("Begin");
        _server = await GitHttpServer.StartAsync(_repository);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _repository.Dispose();
        _data.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task As_many_branches_as_there_may_be_are_read_and_one_more_is_refused(bool isRemote)
    {
        var address = isRemote ? _server.Address : _repository.Path;
        // Besides main.
        await WriteBranchesAsync(BranchHeads.Most - 1);
        var read = await Branches().HeadsAsync(Known(address), default);
        read.Heads.Count.ShouldBe(BranchHeads.Most);

        await WriteBranchesAsync(BranchHeads.Most);
        var refused = await Should.ThrowAsync<CanaryException>(() => Branches().HeadsAsync(Known(address), default));

        refused.Code.ShouldBe("too-many-branches");
        refused.Message.ShouldBe($"'{address}' has more than 20000 branches.");
    }

    [Fact]
    public async Task A_list_without_end_is_not_read_to_its_end()
    {
        await WriteBranchesAsync(90_000, new string('x', 100));

        var refused = await Should.ThrowAsync<CanaryException>(() =>
            Branches().HeadsAsync(Known(_server.Address), default)
        );

        refused.Code.ShouldBe("too-many-branches");
    }

    [Fact]
    public async Task A_commit_that_brings_too_much_is_refused_and_leaves_nothing()
    {
        var content = new byte[3 << 20];
        new Random(1).NextBytes(content);
        _repository.WithFile("film", content);
        var commit = await _repository.CommitAsync("Add a film");
        var known = Known(_server.Address);
        _server.Filters = false;

        var described = await Branches().DescribeAsync(known, "main", commit, default);
        var refused = await Should.ThrowAsync<CanaryException>(() =>
            Branches(largest: 1 << 20).DescribeAsync(known, "main", commit, default)
        );

        described.Message.Trim().ShouldBe("Add a film");
        refused.Code.ShouldBe("commit-too-large");
        refused.Message.ShouldBe($"The newest commit of main at '{_server.Address}' brings more than 1 MiB.");
        Directory.EnumerateFileSystemEntries(_data.Combine("heads")).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_host_that_is_gone_has_left_is_removed()
    {
        var heads = new FetchedHeads(_data.Combine("heads"));
        heads.Clear();
        using var left = heads.Make();

        heads.Clear();

        Directory.Exists(left.Path).ShouldBeFalse();
        using var next = heads.Make();
        Directory.Exists(next.Path).ShouldBeTrue();
    }

    private static KnownRepository Known(string address) =>
        new()
        {
            Source = SourceKind.Git,
            Name = "acme/shop",
            Application = "shop",
            IsApplicationChosen = false,
            Branch = "main",
            OtherBranches = BranchRule.Build,
            CloneUrl = address,
            CloneAddress = address,
            SecretsOf = null,
        };

    private GitBranches Branches(long largest = 100 << 20) =>
        new(
            new GitClient(_data.Combine("git"), new WorkspaceOptions { Protocols = ["http"] }),
            new FetchedHeads(_data.Combine("heads"))
        )
        {
            LargestFetch = largest,
        };

    /// <summary>All at once, as git packs them.</summary>
    private async Task WriteBranchesAsync(int count, string suffix = "")
    {
        var commit = await _repository.HeadAsync();
        await File.WriteAllLinesAsync(
            Path.Combine(_repository.Path, ".git", "packed-refs"),
            [
                "# pack-refs with: peeled fully-peeled sorted ",
                .. Enumerable.Range(0, count).Select(branch => $"{commit} refs/heads/b{branch:d6}{suffix}"),
            ]
        );
    }
}
