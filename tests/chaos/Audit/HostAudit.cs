using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests.Audit;

/// <summary>G3 and G7: hosts run what the read model says, were told once, and production never had what was ill.</summary>
internal sealed class HostAudit(Stores stores, ChaosPlan plan, People people, HostState hosts)
{
    public async Task<IEnumerable<string>> FindAsync()
    {
        var told = (
            await stores.RowsAsync("""SELECT "Host", "Application", "Version" FROM ingress."HostVersions" """)
        ).ToDictionary(
            row => (Host: row[0], Application: row[1]),
            row => row[2] is { Length: > 0 } version ? version : null
        );
        var found = new List<string>();
        foreach (var application in plan.Applications)
        {
            foreach (var host in Fleet.Hosts)
            {
                var installed = await hosts.InstalledAsync(host, application.Name);
                var said = told.GetValueOrDefault((host, application.Name));
                if (installed != said)
                {
                    found.Add(
                        $"{host} has {application.Name} {installed ?? "not"}, and the read model says {said ?? "not"}"
                    );
                }

                if (installed is not null && !application.Hosts.Contains(host))
                {
                    found.Add($"{host} has {application.Name} {installed}, and is none of its hosts");
                }

                var history = hosts.History(host, application.Name);
                found.AddRange(
                    Repetitions(history).Select(it => $"{host} was given {application.Name} {it} twice in a row")
                );
                if (Fleet.Production.Contains(host))
                {
                    found.AddRange(
                        history.Where(IsIll).Select(it => $"{host} was given {application.Name} {it}, which is ill")
                    );
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> Repetitions(IReadOnlyList<string?> history) =>
        history
            .Zip(history.Skip(1))
            .Where(pair => pair.First is not null && pair.First == pair.Second)
            .Select(pair => pair.First!);

    // VERSION-EPOCH.gCOMMIT, with the first seven digits of the commit.
    private bool IsIll(string? version) =>
        version?.Split(".g") is [_, var commit]
        && people.Accepted.Values.Any(push =>
            !push.IsHealthy && push.Commit.StartsWith(commit, StringComparison.Ordinal)
        );
}
