using Canary.Ingress.Repositories;
using Canary.Processes.Workspaces;
using Canary.Testing;

namespace Canary.Ingress.Tests.Repositories;

public class GitInspectorTests
{
    [Fact]
    public async Task A_local_repository_is_inspected_without_obeying_it()
    {
        using var directory = new TempDirectory();
        using var repository = await HostileRepository.CreateAsync();
        await repository.ProveAsync();
        var inspector = new GitInspector(new GitClient(directory.Path, new WorkspaceOptions()));

        var found = await inspector.ResolveLocalAsync(repository.Path, branch: null, commit: null, default);

        found.Commit.ShouldBe(repository.Commit);
        found.Branch.ShouldBe("main");
        found.Warnings.ShouldHaveSingleItem().ShouldContain("1 uncommitted change");
        repository.Ran.ShouldBeEmpty();
    }
}
