using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Traffic;
using Canary.Deployer.Traffic.HaProxy;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>Which servers a host is, and what is done with them.</summary>
public sealed class HoldPlanTests
{
    private readonly HaProxyOptions _options = new();

    [Fact]
    public void A_host_is_the_server_with_its_name() =>
        ServersOfHost
            .In([Server("web-1", "10.0.0.9"), Server("web-2", "10.0.0.1")], "shop", Host("web-1", "10.0.0.1"))
            .Select(server => server.Name)
            .ShouldBe(["web-1"]);

    [Fact]
    public void Behind_a_template_it_is_the_server_with_its_address() =>
        ServersOfHost
            .In([Server("app1", "10.0.0.2"), Server("app2", "10.0.0.1")], "shop", Host("web-1", "10.0.0.1"))
            .Select(server => server.Name)
            .ShouldBe(["app2"]);

    [Fact]
    public void A_host_that_is_listed_by_name_is_the_server_that_is_looked_up_by_it() =>
        ServersOfHost
            .In(
                [Server("app1", "10.0.0.2", hostName: "web-1.example.org.")],
                "shop",
                Host("web-1", "web-1.example.org")
            )
            .Select(server => server.Name)
            .ShouldBe(["app1"]);

    [Fact]
    public void Hosts_at_one_address_are_told_apart_by_their_ports_or_not_at_all()
    {
        ServerState[] servers = [Server("app1", "127.0.0.1", 8001), Server("app2", "127.0.0.1", 8002)];

        ServersOfHost.In(servers, "shop", Host("web-1", "127.0.0.1", port: "8002")).Single().Name.ShouldBe("app2");
        ServersOfHost.In(servers, "shop", Host("web-1", "127.0.0.1")).ShouldBeEmpty();
    }

    [Fact]
    public void Empty_slots_and_other_backends_are_nobody() =>
        ServersOfHost
            .In(
                [
                    Server("app1", "10.0.0.1", admin: AdminState.Unresolved),
                    Server("app2", "10.0.0.1") with
                    {
                        Backend = "blog",
                    },
                ],
                "shop",
                Host("web-1", "10.0.0.1")
            )
            .ShouldBeEmpty();

    [Fact]
    public void A_server_is_recorded_before_it_is_drained_and_once()
    {
        ServerState[] servers = [Server("web-1"), Server("web-2")];

        var first = Make(servers, [], share: 0);
        first.Moves.Select(move => (move.Server.Server, move.Kind)).ShouldBe([("web-1", MoveKind.Drain)]);
        first.New.Single().Weight.ShouldBe(100);

        var again = Make([Server("web-1", admin: AdminState.ForcedDrain), servers[1]], first.New, share: 0);
        again.New.ShouldBeEmpty();
        again.Moves.ShouldBeEmpty();

        var reloaded = Make(servers, first.New, share: 0);
        reloaded.New.ShouldBeEmpty();
        reloaded.Moves.Select(move => move.Kind).ShouldBe([MoveKind.Drain]);
    }

    [Theory]
    [InlineData((int)AdminState.ForcedDrain)]
    [InlineData((int)AdminState.ForcedMaintenance)]
    public void What_a_person_has_done_is_neither_recorded_nor_changed(int admin)
    {
        var plan = Make([Server("web-1", admin: (AdminState)admin), Server("web-2")], [], share: 0);

        plan.New.ShouldBeEmpty();
        plan.Moves.ShouldBeEmpty();
        plan.IsKnown.ShouldBeTrue();
    }

    [Theory]
    [InlineData("1", 2, 1, true)]
    [InlineData("1", 3, 1, false)]
    [InlineData("50%", 4, 1, true)]
    [InlineData("50%", 4, 0, false)]
    public void Enough_others_stay_ready(string minReady, int all, int down, bool isNeeded)
    {
        _options.MinReady = minReady;
        List<ServerState> servers =
        [
            .. Enumerable.Range(1, all).Select(number => Server($"web-{number}") with { IsUp = number <= all - down }),
        ];
        if (minReady == "50%" && down == 1)
        {
            servers[2] = Server("web-3", admin: AdminState.ForcedDrain);
        }

        var plan = Make(servers, [], share: 0);

        plan.Needed.Select(server => server.Name).ShouldBe(isNeeded ? ["web-1"] : []);
        plan.Moves.Count.ShouldBe(isNeeded ? 0 : 1);
    }

    [Fact]
    public void A_slot_that_was_given_to_another_machine_is_given_back()
    {
        var record = Record("app1", host: "web-1");
        var moved = Server("app2", "10.0.0.1");

        Make([Server("app1", "10.0.0.5", admin: AdminState.ForcedDrain), moved], [record], share: 0)
            .Strays.ShouldBe([record]);
        Make([Server("app1", admin: AdminState.ForcedDrain | AdminState.Unresolved), moved], [record], share: 0)
            .Strays.ShouldBeEmpty();
        Make([Server("app1", "10.0.0.1", admin: AdminState.ForcedDrain)], [record], share: 0).Strays.ShouldBeEmpty();
    }

    [Fact]
    public void A_turn_comes_when_one_of_ours_is_out_and_not_when_a_machine_is_down()
    {
        ServerState[] servers = [Server("web-1"), Server("web-2", admin: AdminState.ForcedDrain)];

        Make(servers, [Record("web-2")], share: 0).IsTurnComing.ShouldBeTrue();
        Make(servers, [], share: 0).IsTurnComing.ShouldBeFalse();
    }

    [Fact]
    public void A_share_is_of_the_weight_that_the_server_had_and_never_nothing()
    {
        _options.CanaryBackend = "none";
        ServerState[] servers = [Server("web-1", admin: AdminState.ForcedDrain), Server("web-2")];

        Make(servers, [Record("web-1")], share: 25)
            .Moves.Select(move => (move.Kind, move.Weight))
            .ShouldBe([(MoveKind.Weigh, 25), (MoveKind.Ready, 0)]);
        Make(servers, [Record("web-1", weight: 1)], share: 25).Moves[0].Weight.ShouldBe(1);
        Make(servers, [Record("web-1", weight: 0)], share: 25)
            .Moves.Select(move => move.Kind)
            .ShouldBe([MoveKind.Ready]);
    }

    [Fact]
    public void A_server_of_which_another_application_left_a_record_is_taken_over_with_its_weight()
    {
        var left = new HeldServer
        {
            Instance = "tcp://lb:1",
            Backend = "shop",
            Server = "web-1",
            Application = "blog",
            Host = "web-1",
            Weight = 70,
            GivenWeight = 7,
        };

        var plan = Make([Server("web-1") with { Weight = 7 }, Server("web-2")], [left], share: 0);

        var record = plan.New.Single();
        (record.Application, record.Weight, record.GivenWeight).ShouldBe(("shop", 70, 7));
    }

    private HoldPlan Make(IReadOnlyList<ServerState> servers, IReadOnlyList<HeldServer> held, int share) =>
        HoldPlan.Make(
            servers,
            held,
            new TrafficHold
            {
                Application = "shop",
                Host = "web-1",
                Share = share,
            },
            Host("web-1", "10.0.0.1"),
            "tcp://lb:1",
            _options
        );

    private static HeldServer Record(string server, int weight = 100, string? host = null) =>
        new()
        {
            Instance = "tcp://lb:1",
            Backend = "shop",
            Server = server,
            Application = "shop",
            Host = host ?? server,
            Weight = weight,
        };

    private static InventoryHost Host(string name, string address, string? port = null) =>
        new()
        {
            Name = name,
            Address = address,
            Channel = Channel.Production,
            Variables = port is null
                ? new Dictionary<string, string>()
                : new Dictionary<string, string> { ["port"] = port },
        };

    private static ServerState Server(
        string name,
        string address = "10.0.0.7",
        int port = 8080,
        AdminState admin = AdminState.None,
        string hostName = "-"
    ) =>
        new()
        {
            Backend = "shop",
            Name = name,
            Address = address,
            Port = port,
            HostName = hostName,
            IsUp = true,
            Admin = admin,
            Weight = 100,
        };
}
