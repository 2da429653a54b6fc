using Canary.Deployer.Inventory;

namespace Canary.Deployer.Rollouts;

/// <summary>A host that runs the application.</summary>
/// <param name="Host">The host.</param>
/// <param name="Role">That of the application's roles for which it runs it.</param>
/// <param name="Place">Where it stands, by the tag that the hosts are spread over (a zone, a rack); <c>null</c>: nobody says.</param>
internal sealed record FleetMember(InventoryHost Host, string Role, string? Place)
{
    /// <summary>The hosts of an application, each once, by name.</summary>
    public static IReadOnlyList<FleetMember> Of(
        IEnumerable<InventoryHost> fleet,
        string application,
        string roles,
        string? spread
    ) =>
        [
            .. fleet
                .Select(host => (Host: host, Role: host.RoleFor(application, roles)))
                .Where(it => it.Role is not null)
                .Select(it => new FleetMember(
                    it.Host,
                    it.Role!,
                    spread is null ? null : it.Host.Tags.GetValueOrDefault(spread)
                ))
                // One that stands in the inventory for several roles is updated once: as a canary, if it is one for any of them.
                .GroupBy(member => member.Host.Name, StringComparer.Ordinal)
                .Select(same => same.OrderBy(member => member.Host.Channel).First())
                .OrderBy(member => member.Host.Name, StringComparer.Ordinal),
        ];

    /// <summary>An order in which every part of the hosts, from the first on, is spread over the places as all of them
    /// are.</summary>
    public static IReadOnlyList<FleetMember> Spread(IEnumerable<FleetMember> members) =>
        [
            .. members
                .GroupBy(member => member.Place, StringComparer.Ordinal)
                .SelectMany(place => place.Select((member, index) => (member, Part: (index + 0.5) / place.Count())))
                .OrderBy(it => it.Part)
                .ThenBy(it => it.member.Place, StringComparer.Ordinal)
                .Select(it => it.member),
        ];
}
