using Canary.Chaos.Tests.Plan;
using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests.Audit;

/// <summary>What runs before the first host ran once for each release, whatever died meanwhile.</summary>
internal sealed class HookAudit(Stores stores, Installation installation)
{
    /// <summary>The file on a host to which each script adds the id of its release.</summary>
    public const string Record = "/var/lib/pre-deploys";

    public async Task<IEnumerable<string>> FindAsync()
    {
        var ran = Fleet
            .Hosts.Select(host => Path.Join(installation.HostRoot(host), Record))
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .ToLookup(line => line, StringComparer.OrdinalIgnoreCase);
        var releases = await stores.RowsAsync("""SELECT "Id", "Application", "State" FROM ingress."Releases" """);
        return
        [
            .. ran.Where(runs => runs.Count() > 1)
                .Select(runs => $"the script before the first host ran {runs.Count()} times for {runs.Key}"),
            .. releases
                .Where(release => release[2] == ReleaseStates.Completed && !ran.Contains(release[0]))
                .Select(release => $"{release[1]} reached production, and its script never ran for {release[0]}"),
            .. ran.Count > 0 ? [] : (string[])["no script before the first host ran at all"],
        ];
    }
}
