using Canary.Ingress.Status;

namespace Canary.Ingress.Repositories;

/// <summary>Says for <c>canary doctor</c> which repositories were renamed.</summary>
internal sealed class RepositoryIdChecks(RepositoryIds ids)
{
    /// <summary>Says nothing where there is nothing to say.</summary>
    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellation)
    {
        var renamed = await ids.RenamedAsync(cancellation);
        return renamed.Count == 0
            ? []
            :
            [
                StatusCheck.Warning(
                    "renamed-repositories",
                    string.Join(" ", renamed.Select(row => $"{row.Name} is called {row.CurrentName} now.")),
                    "Their pushes are released as before. Give them their new names under ingress.repositories, each with the application that "
                        + "it has; say 'canary apps add NAME' with the new name of those that were added."
                ),
            ];
    }
}
