using Canary.Fleet.Tests.Plan;
using Canary.Fleet.Tests.World;

namespace Canary.Fleet.Tests.Audit;

/// <summary>Load balancers try again what a server has not answered. They need that while they start anew and know nothing yet; in other
/// rounds it would only hide that somebody was updated without being drained.</summary>
internal sealed class RetryAudit(IReadOnlyList<Balancer> balancers)
{
    private int[] _before = [];

    public async Task BeginAsync() => _before = await CountAsync();

    /// <returns>Load balancers that had to try again in a round in which none of them started anew.</returns>
    public async Task<IEnumerable<string>> FindAsync(Round round)
    {
        if (round.Disturbances.Any(it => it.Kind != DisturbanceKind.KillController))
        {
            return [];
        }

        var now = await CountAsync();
        return balancers
            .Select((balancer, index) => (balancer.Name, Count: now[index] - _before[index]))
            .Where(it => it.Count != 0)
            .Select(it => $"{round}: {it.Name} had to try {it.Count} requests again, though all hosts are drained");
    }

    private Task<int[]> CountAsync() => Task.WhenAll(balancers.Select(balancer => balancer.RetriesAsync()));
}
