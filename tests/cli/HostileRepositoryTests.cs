using Canary.Cli.Metadata;
using Canary.Cli.Run;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>What the command line reads of a repository it reads without obeying it, whoever handed it over.</summary>
public class HostileRepositoryTests
{
    [Fact]
    public async Task A_run_and_a_check_run_nothing_of_the_repository()
    {
        using var repository = await HostileRepository.CreateAsync();
        await repository.ProveAsync();

        var revision = await LocalRevision.FindAsync(Path.Combine(repository.Path, "script"), null, null, default);
        var committed = await RepositoryFiles.OfCommitAsync(repository.Path, revision.Commit, default);
        var lying = await RepositoryFiles.OfDirectoryAsync(repository.Path, default);

        revision.Repository.ShouldBe(repository.Path);
        revision.Branch.ShouldBe("main");
        revision.Commit.ShouldBe(repository.Commit);
        revision.HasUncommittedChanges.ShouldBeTrue();
        committed.Files.ShouldBe([".gitattributes", "a", "script/cibuild", "script/cisetup"]);
        lying.Files.Order(StringComparer.Ordinal).ShouldBe(committed.Files);
        repository.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repository_of_somebody_else_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a repository away.");
        using var repository = await HostileRepository.CreateAsync();
        await ProcessRunner.OutputOfAsync("chown", ["-R", "65534:65534", repository.Path]);

        var error = await LocalRevision
            .FindAsync(repository.Path, null, null, default)
            .ShouldThrowAsync<CliException>();

        error.Code.ShouldBe("repository-of-others");
        error.Remedy.ShouldContain($"safe.directory {repository.Path}");
    }
}
