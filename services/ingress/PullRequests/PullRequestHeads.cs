using Canary.Failures;
using Canary.Ingress.Repositories;
using Canary.Processes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>Asks a repository which commit is the head of a pull request. GitHub keeps it as a reference of the repository that the pull
/// request is made to (docs.github.com, "Checking out pull requests locally"); nothing is fetched for it.</summary>
internal sealed class PullRequestHeads(GitClient git, IOptionsMonitor<IngressOptions> options)
{
    private static readonly GitLimits Limits = new()
    {
        Output = 64 << 10,
        File = 1 << 20,
        Memory = 1L << 30,
    };

    /// <returns><c>null</c>: there is no such pull request.</returns>
    /// <exception cref="CanaryException"><c>repository-unreachable</c></exception>
    public async Task<string?> HeadAsync(string address, int number, CancellationToken cancellation)
    {
        using var local = await git.OpenAsync(address, cancellation);
        var reference = SourceRequest.PullRequestHead(number);
        var listed = await git.Within(Limits)
            .TryAtAsync(
                local?.Path ?? address,
                ["ls-remote", "--", local?.Path ?? address, reference],
                limit: options.CurrentValue.Polling.Timeout,
                cancellation
            );
        if (!listed.Succeeded)
        {
            throw new CanaryException(
                IngressCodes.RepositoryUnreachable,
                $"git cannot read '{PlainText.Address(address)}': "
                    + (
                        listed.Ending == ProcessEnding.TimedOut
                            ? "it did not answer in time."
                            : PlainText.Line(listed.OutputTail.Trim().Split('\n')[^1], 300) ?? "it does not say why."
                    ),
                "Check the address, the network, and that this server has the right to read the repository."
            );
        }

        return GitClient
            .TextOf(listed)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2 && parts[1] == reference && GitNames.IsCommit(parts[0]))
            .Select(parts => parts[0])
            .FirstOrDefault();
    }
}
