namespace Canary.Deployer.Rollouts;

/// <summary>Cuts the production hosts into waves.</summary>
internal static class Waves
{
    /// <summary>What is wrong with a list of cumulative sizes; <c>null</c>: nothing.</summary>
    public static string? ProblemWith(IReadOnlyList<string> sizes)
    {
        HostShare? previous = null;
        foreach (var size in sizes)
        {
            if (!HostShare.TryParse(size, out var share))
            {
                return HostShare.ProblemWith(size);
            }

            if (share.Value == 0)
            {
                return $"'{size}' makes a wave without hosts.";
            }

            if (previous is { } before && before.IsPercentage == share.IsPercentage && share.Value <= before.Value)
            {
                return $"The sizes are cumulative: '{size}' after '{before}' adds no host.";
            }

            previous = share;
        }

        return null;
    }

    /// <summary>Sizes of the waves that together hold all hosts. Small fleets have fewer waves than sizes, for none is
    /// empty.</summary>
    /// <param name="hosts">Number of production hosts.</param>
    /// <param name="sizes">Cumulative sizes; the rest goes into a last wave.</param>
    public static IReadOnlyList<int> Cut(int hosts, IReadOnlyList<string> sizes)
    {
        var waves = new List<int>();
        var reached = 0;
        foreach (var upTo in sizes.Select(size => HostShare.Parse(size).RoundUp(hosts)).Append(hosts))
        {
            if (upTo > reached)
            {
                waves.Add(upTo - reached);
                reached = upTo;
            }
        }

        return waves;
    }
}
