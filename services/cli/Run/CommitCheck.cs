using Canary.Cli.Api;
using Canary.Cli.Metadata;

namespace Canary.Cli.Run;

/// <summary>Looks for what keeps a commit of this machine from becoming a package, by the server's rules and before anything is
/// started; nothing of the commit is run.</summary>
internal static class CommitCheck
{
    /// <exception cref="CliException">Something is wrong with the commit.</exception>
    public static async Task RunAsync(Session session, ManualRelease wanted, CancellationToken cancellation)
    {
        var request = await RepositoryFiles.OfCommitAsync(wanted.Repository, wanted.Commit!, cancellation);
        var found = await AskAsync(
            session,
            request with
            {
                Application = wanted.Application,
                Repository = wanted.Deploy is false ? null : wanted.Repository,
            },
            cancellation
        );
        if (found is not { Faults: { Count: > 0 } faults })
        {
            return;
        }

        throw new CliException(
            ExitCodes.ReleaseFailed,
            faults.Count == 1 ? faults[0].Code : CliCodes.CommitHasFaults,
            // Each with its own remedy below it, as the last one has it.
            string.Join(
                '\n',
                [.. faults.SkipLast(1).Select(fault => $"{fault.Message}\n  {fault.Remedy}"), faults[^1].Message]
            ),
            faults[^1].Remedy ?? ""
        );
    }

    /// <returns><c>null</c>: nobody who knows the rules answers, and the release will tell.</returns>
    private static async Task<MetadataCheck?> AskAsync(
        Session session,
        MetadataRequest request,
        CancellationToken cancellation
    )
    {
        try
        {
            return await session.Client.CheckAsync(request, cancellation);
        }
        catch (CliException e) when (e.ExitCode is ExitCodes.Unreachable or ExitCodes.NotFound)
        {
            session.Screen.Note($"The commit was not checked before: {e.Message}");
            return null;
        }
    }
}
