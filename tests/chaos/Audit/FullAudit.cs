using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests.Audit;

/// <summary>Compares what was asked for, what the services say, and what is so.</summary>
internal sealed class FullAudit(DistributedInstallation installation, Stores stores, ChaosPlan plan, People people)
{
    public Task<IReadOnlyDictionary<string, int>> CountReleasesAsync() => new ReleaseAudit(stores, people).CountAsync();

    public async Task<IReadOnlyList<string>> FindViolationsAsync()
    {
        var hosts = new HostState(installation);
        return
        [
            .. await new ReleaseAudit(stores, people).FindAsync(),
            .. await new HostAudit(stores, plan, people, hosts).FindAsync(),
            .. await new HookAudit(stores, installation).FindAsync(),
            .. await new AdvertisedAudit(installation, plan, hosts).FindAsync(),
            .. await new LeftoverAudit(installation, stores).FindAsync(),
            .. await new AnswerAudit(installation).FindAsync(),
            .. await new DateAudit(stores).FindAsync(),
        ];
    }
}
