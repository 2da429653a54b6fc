using System.Net;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.Benchmarks.Throughput;

/// <summary>Any number of applications of ten commits each. Ten of them share a repository, which none of them can tell.
/// </summary>
internal sealed class Applications : IDisposable
{
    public const int Commits = 10;

    private const int Repositories = 10;

    private readonly List<(GitRepository Repository, IReadOnlyList<string> Commits)> _sources = [];

    public static async Task<Applications> CreateAsync(TempDirectory directory)
    {
        var applications = new Applications();
        for (var i = 0; i < Repositories; i++)
        {
            var repository = await GitRepository.CreateInAsync(directory.Combine($"source-{i}"));
            repository.WithConventionScripts();
            var commits = new List<string>();
            for (var commit = 0; commit < Commits; commit++)
            {
                repository.WithFile("content.txt", $"Version {commit} of {i}\n");
                commits.Add(await repository.CommitAsync($"Change {commit}"));
            }

            applications._sources.Add((repository, commits));
        }

        return applications;
    }

    /// <summary>Pushes a commit of an application: the newest to the branch that deploys, another to one that does not.
    /// </summary>
    public async Task PushAsync(Installation installation, int application, int commit)
    {
        var (repository, commits) = _sources[application % Repositories];
        using var answer = await installation.PushAsync(
            repository,
            commits[commit],
            $"app-{application}",
            branch: commit == Commits - 1 ? "main" : $"change-{commit}"
        );
        if (answer.StatusCode != HttpStatusCode.Accepted)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }
    }

    public void Dispose() => _sources.ForEach(source => source.Repository.Dispose());
}
