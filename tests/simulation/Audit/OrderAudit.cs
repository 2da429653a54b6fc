using Canary.CiCoordinator.Releases;
using Canary.Simulation.Tests.Walk;

namespace Canary.Simulation.Tests.Audit;

/// <summary>Whether the one order of an application's releases is git's: each head that Canary was told of has one release, at its
/// place.</summary>
internal static class OrderAudit
{
    public static IEnumerable<string> Look(IEnumerable<ReleaseState> all, Ledger ledger, string application)
    {
        var releases = all.Where(it => it.Push.Application == application).ToList();
        var numbered = releases.Where(it => it.Number > 0).OrderBy(it => it.Number).ToList();
        var twice = numbered.GroupBy(it => it.Number).Where(group => group.Count() > 1).Select(group => group.Key);
        foreach (var number in twice)
        {
            yield return $"two releases of {application} have the number {number}";
        }

        var place = 0;
        foreach (var head in ledger.Heads.GetValueOrDefault(application, []))
        {
            // A person may have released the commit before the branch came to it: then it is the newest already.
            var requested = false;
            while (place < numbered.Count && numbered[place].Push.IsRequested)
            {
                requested |= numbered[place].Push.Source.Commit == head;
                place++;
            }

            if (place < numbered.Count && numbered[place].Push.Source.Commit == head)
            {
                place++;
            }
            else if (!requested)
            {
                yield return $"the head {head[..7]} of {application} has no release at its place";
                yield break;
            }
        }

        foreach (var more in numbered.Skip(place).Where(it => !it.Push.IsRequested))
        {
            yield return $"{application} {more.Push.Source.Commit[..7]} has the release {more.CorrelationId} that no head has asked for";
        }
    }
}
