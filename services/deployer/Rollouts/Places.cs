using Canary.Contracts;

namespace Canary.Deployer.Rollouts;

/// <summary>Which hosts may be taken out of service now: no more of a role than the plan allows, though always one, and never all
/// that stand at one place.</summary>
internal sealed class Places
{
    private readonly HostShare? _most;
    private readonly Dictionary<string, Group> _roles;
    private readonly Dictionary<(string Role, string Place), Group> _places;

    public Places(RolloutPlan plan, IReadOnlyCollection<RolloutHost> hosts)
    {
        _most = plan.MaxUnavailable is { } most ? HostShare.Parse(most) : null;
        _roles = hosts.GroupBy(row => row.Role).ToDictionary(role => role.Key, role => new Group(role));
        _places = hosts
            .Where(row => row.Place is not null)
            .GroupBy(row => (row.Role, row.Place!))
            .ToDictionary(place => place.Key, place => new Group(place));
    }

    /// <summary>Whether the host may be changed now; if so, it counts as being changed.</summary>
    public bool TryTake(RolloutHost row)
    {
        if (!IsFreeInRole(row) || !IsFreeAtPlace(row))
        {
            return false;
        }

        _roles[row.Role].Take(row);
        PlaceOf(row)?.Take(row);
        return true;
    }

    /// <summary>Whether nothing that is under way will make the place free for the host: all others there are out of service, and
    /// nobody is at work on them.</summary>
    public bool IsBlocked(RolloutHost row) => !IsFreeAtPlace(row) && PlaceOf(row) is { AtWork: 0 };

    private bool IsFreeInRole(RolloutHost row) =>
        _most is not { } most
        || _roles[row.Role] is { AtWork: 0 }
        || _roles[row.Role].OutBeside(row) < most.RoundDown(_roles[row.Role].Hosts);

    // On the way back the last one has to be changed as well.
    private bool IsFreeAtPlace(RolloutHost row) =>
        PlaceOf(row) is not { Hosts: > 1 } place
        || place.OutBeside(row) < place.Hosts - 1
        || (row.Step == Steps.Rollback && place.AtWork == 0);

    private Group? PlaceOf(RolloutHost row) =>
        row.Place is { } place ? _places.GetValueOrDefault((row.Role, place)) : null;

    private sealed class Group(IEnumerable<RolloutHost> hosts)
    {
        private int _out = hosts.Count(row => row.IsOutOfService);

        public int Hosts { get; } = hosts.Count();

        public int AtWork { get; private set; } = hosts.Count(row => row.State == StageState.Running);

        public int OutBeside(RolloutHost row) => row.IsOutOfService ? _out - 1 : _out;

        public void Take(RolloutHost row)
        {
            _out = OutBeside(row) + 1;
            AtWork++;
        }
    }
}
