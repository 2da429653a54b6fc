using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>What is to be done on one instance so that it holds back what is recorded, and nothing that a person has done is
/// undone.</summary>
internal sealed record HoldPlan
{
    /// <summary>Servers that are not recorded for this host yet: they are, before they are changed.</summary>
    public required IReadOnlyList<HeldServer> New { get; init; }

    /// <summary>What HAProxy is told, of new and of recorded servers.</summary>
    public required IReadOnlyList<Move> Moves { get; init; }

    /// <summary>Servers that are as they are to be, once the moves are made.</summary>
    public required IReadOnlyList<ServerState> Held { get; init; }

    /// <summary>Records of servers that are another machine by now: slots of a <c>server-template</c> are given away.</summary>
    public required IReadOnlyList<HeldServer> Strays { get; init; }

    /// <summary>Servers without which too few of their backend would be ready.</summary>
    public required IReadOnlyList<ServerState> Needed { get; init; }

    /// <summary>Whether a server that is needed may soon not be, since another host is on its way back.</summary>
    public required bool IsTurnComing { get; init; }

    /// <summary>Whether the instance knows the host at all.</summary>
    public required bool IsKnown { get; init; }

    /// <param name="servers">What the instance says.</param>
    /// <param name="held">What is recorded of its servers.</param>
    /// <param name="hold">What is to be held back.</param>
    /// <param name="host">The host.</param>
    /// <param name="instance">Name of the instance.</param>
    /// <param name="options">Names of backends, and how many servers must be ready.</param>
    public static HoldPlan Make(
        IReadOnlyList<ServerState> servers,
        IReadOnlyList<HeldServer> held,
        TrafficHold hold,
        InventoryHost host,
        string instance,
        HaProxyOptions options
    )
    {
        var main = options.BackendOf(hold.Application);
        string[] backends = [.. new[] { main, options.CanaryBackendOf(hold.Application) }.Distinct()];
        var known = backends.SelectMany(backend => ServersOfHost.In(servers, backend, host)).ToList();
        List<HeldServer> added = [];
        List<Move> moves = [];
        List<ServerState> covered = [];
        List<ServerState> needed = [];
        foreach (var server in known)
        {
            var record = held.FirstOrDefault(it => it.IsOf(server));
            if (server.IsInMaintenance || (server.IsDrained && record is null))
            {
                // A person has taken it out, and puts it back in.
                continue;
            }

            if (hold.IsDrained && !server.IsDrained && server.Backend == main && IsNeeded(server, servers, options))
            {
                needed.Add(server);
                continue;
            }

            if (record is null || record.Application != hold.Application || record.Host != hold.Host)
            {
                record = RecordOf(server, hold, instance, record);
                added.Add(record);
            }

            moves.AddRange(hold.IsDrained ? Draining(server, record) : Sharing(server, record, hold, main));
            covered.Add(server);
        }

        return new HoldPlan
        {
            New = added,
            Moves = moves,
            Held = covered,
            Strays = StraysAmong(held, known, servers, hold),
            Needed = needed,
            IsTurnComing = needed.Exists(server => IsAnotherHeld(server, servers, held)),
            IsKnown = known.Count > 0,
        };
    }

    private static IEnumerable<Move> Draining(ServerState server, HeldServer record) =>
        server.IsDrained ? [] : [new Move(record, MoveKind.Drain)];

    private static IEnumerable<Move> Sharing(ServerState server, HeldServer record, TrafficHold hold, string main)
    {
        // Whoever asks for the canaries finds them as they are: a share is for the others.
        var weight = server.Backend == main ? Math.Max(1, record.Weight * hold.Share / 100) : record.Weight;
        if (server.Weight != weight && record.Weight > 0)
        {
            yield return new Move(record, MoveKind.Weigh, weight);
        }

        if (server.IsDrained)
        {
            yield return new Move(record, MoveKind.Ready);
        }
    }

    /// <summary>People who ask for canaries are sent to the other hosts while there is none, so no canary is needed in the backend of
    /// canaries.</summary>
    private static bool IsNeeded(ServerState server, IReadOnlyList<ServerState> servers, HaProxyOptions options)
    {
        var backend = servers.Where(it => it.Backend == server.Backend && it.IsResolved).ToList();
        var ready = backend.Count(it => it.IsReady && it != server);
        return server.IsReady && ready < HostShare.Parse(options.MinReady).RoundUp(backend.Count);
    }

    private static IReadOnlyList<HeldServer> StraysAmong(
        IReadOnlyList<HeldServer> held,
        IReadOnlyList<ServerState> known,
        IReadOnlyList<ServerState> servers,
        TrafficHold hold
    ) =>
        [
            .. held.Where(record =>
                record.Application == hold.Application
                && record.Host == hold.Host
                && !known.Any(record.IsOf)
                && servers.Any(server => record.IsOf(server) && server.IsResolved)
            ),
        ];

    private static bool IsAnotherHeld(
        ServerState server,
        IReadOnlyList<ServerState> servers,
        IReadOnlyList<HeldServer> held
    ) =>
        servers.Any(it =>
            it.Backend == server.Backend && it != server && !it.IsReady && held.Any(record => record.IsOf(it))
        );

    private static HeldServer RecordOf(ServerState server, TrafficHold hold, string instance, HeldServer? before) =>
        new()
        {
            Instance = instance,
            Backend = server.Backend,
            Server = server.Name,
            Application = hold.Application,
            Host = hold.Host,
            Weight = before?.Weight ?? server.Weight,
            GivenWeight = before?.GivenWeight,
        };
}

/// <summary>What HAProxy is told of a server.</summary>
internal sealed record Move(HeldServer Server, MoveKind Kind, int Weight = 0);

internal enum MoveKind
{
    Drain,
    Ready,
    Weigh,
}
