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
    /// <returns><c>null</c>: there is no such pull request.</returns>
    /// <exception cref="CanaryException"><c>repository-unreachable</c></exception>
    public async Task<string?> HeadAsync(string address, int number, CancellationToken cancellation)
    {
        var answer = await RemoteReference.AskAsync(
            git,
            address,
            SourceRequest.PullRequestHead(number),
            options.CurrentValue.Polling.Timeout,
            cancellation
        );
        return answer.Listing.Succeeded
            ? answer.Commit
            : throw new CanaryException(
                IngressCodes.RepositoryUnreachable,
                $"git cannot read '{PlainText.Address(address)}': {ReasonOf(answer.Listing)}",
                "Check the address, the network, and that this server has the right to read the repository."
            );
    }

    private static string ReasonOf(ProcessResult listing) =>
        listing.Ending == ProcessEnding.TimedOut
            ? "it did not answer in time."
            : PlainText.Line(listing.OutputTail.Trim().Split('\n')[^1], 300) ?? "it does not say why.";
}
