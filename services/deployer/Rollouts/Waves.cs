namespace Canary.Deployer.Rollouts;

/// <summary>Cuts the production hosts into waves.</summary>
internal static class Waves
{
    private const string Everybody = "100%";

    /// <summary>What is wrong with a list of waves; <c>null</c>: nothing.</summary>
    public static string? ProblemWith(IReadOnlyList<string> sizes)
    {
        HostShare? previous = null;
        foreach (var text in sizes)
        {
            if (WaveSize.Parse(text) is not { } size)
            {
                return WaveSize.ProblemWith(text);
            }

            if (size.UpTo is not { } share)
            {
                continue;
            }

            if (share.Value == 0)
            {
                return $"'{text}' makes a wave without hosts.";
            }

            if (previous is { } before && before.IsPercentage == share.IsPercentage && share.Value <= before.Value)
            {
                return $"The sizes are cumulative: '{text}' after '{before}' adds no host.";
            }

            previous = share;
        }

        return null;
    }

    /// <summary>The waves that together hold all hosts: each takes its part of every role. Small fleets have fewer waves than
    /// sizes, for none is empty.</summary>
    /// <param name="hosts">The production hosts.</param>
    /// <param name="sizes">What each wave goes up to; the rest goes into a last wave.</param>
    public static IReadOnlyList<IReadOnlyList<FleetMember>> Cut(
        IEnumerable<FleetMember> hosts,
        IReadOnlyList<string> sizes
    )
    {
        var roles = hosts
            .GroupBy(host => host.Role, StringComparer.Ordinal)
            .Select(role => new Remaining(FleetMember.Spread(role)))
            .ToList();
        return
        [
            .. sizes
                .Append(Everybody)
                .Select(text => WaveSize.Parse(text)!)
                .Select(size => roles.SelectMany(role => role.Take(size)).ToList())
                .Where(wave => wave.Count > 0),
        ];
    }

    /// <summary>The share of all machines, in percent, that each wave goes up to where nobody knows the hosts.</summary>
    public static IReadOnlyList<int> Percentages(IReadOnlyList<string> sizes) =>
        [
            .. sizes
                .Append(Everybody)
                .Select(text => WaveSize.Parse(text)!.UpTo)
                .OfType<HostShare>()
                .Where(share => share.IsPercentage)
                .Select(share => share.Value)
                .Distinct()
                .Order(),
        ];

    /// <summary>The hosts of a role that are in no wave yet.</summary>
    private sealed class Remaining(IReadOnlyList<FleetMember> hosts)
    {
        private readonly List<FleetMember> _left = [.. hosts];

        public List<FleetMember> Take(WaveSize size)
        {
            var taken = size.Tag is { } tag
                ? _left.Where(member => tag.IsOf(member.Host)).ToList()
                : _left.Take(size.UpTo!.Value.RoundUp(hosts.Count) - (hosts.Count - _left.Count)).ToList();
            _left.RemoveAll(taken.ToHashSet().Contains);
            return taken;
        }
    }
}
