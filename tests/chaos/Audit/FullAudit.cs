using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests.Audit;

/// <summary>Compares what was asked for, what the services say, and what is so.</summary>
internal sealed class FullAudit(DistributedInstallation installation, ChaosPlan plan, People people)
{
    public async Task<IReadOnlyDictionary<string, int>> CountReleasesAsync() =>
        (
            await installation.RowsAsync("""SELECT "State", count(*) FROM ingress."Releases" GROUP BY 1 ORDER BY 1""")
        ).ToDictionary(row => row[0], row => int.Parse(row[1]));

    public async Task<IReadOnlyList<string>> FindViolationsAsync()
    {
        var hosts = new HostState(installation);
        return
        [
            .. await new ReleaseAudit(installation, people).FindAsync(),
            .. await new HostAudit(installation, plan, people, hosts).FindAsync(),
            .. await new AdvertisedAudit(installation, plan, hosts).FindAsync(),
            .. await new LeftoverAudit(installation).FindAsync(),
            .. await new AnswerAudit(installation).FindAsync(),
        ];
    }
}
