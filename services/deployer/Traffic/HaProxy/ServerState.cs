using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Why a server gets no requests (management.txt, <c>srv_admin_state</c>).</summary>
[Flags]
internal enum AdminState
{
    None = 0,
    ForcedMaintenance = 0x01,
    InheritedMaintenance = 0x02,
    ConfiguredMaintenance = 0x04,
    ForcedDrain = 0x08,
    InheritedDrain = 0x10,
    Unresolved = 0x20,
    NamedAtRuntime = 0x40,
}

/// <summary>A server as <c>show servers state</c> tells of it.</summary>
internal sealed record ServerState
{
    public required string Backend { get; init; }

    public required string Name { get; init; }

    public required string Address { get; init; }

    public required int Port { get; init; }

    /// <summary>Name that the address is looked up by; <c>-</c>: none.</summary>
    public required string HostName { get; init; }

    public required bool IsUp { get; init; }

    public required AdminState Admin { get; init; }

    public required int Weight { get; init; }

    public bool IsDrained => Admin.HasFlag(AdminState.ForcedDrain);

    public bool IsInMaintenance => Admin.HasFlag(AdminState.ForcedMaintenance);

    /// <summary>Whether it stands for a machine: a slot of a <c>server-template</c> may be empty.</summary>
    public bool IsResolved => !Admin.HasFlag(AdminState.Unresolved);

    /// <summary>Whether it gets requests.</summary>
    public bool IsReady => IsUp && (Admin & ~AdminState.NamedAtRuntime) == AdminState.None && Weight > 0;

    public bool IsSameAs(ServerState other) => Backend == other.Backend && Name == other.Name;

    public override string ToString() => $"{Backend}/{Name}";

    /// <summary>Reads the answer to <c>show servers state</c>. Columns are found by name: versions add some.</summary>
    /// <exception cref="CanaryException"><c>haproxy-unreadable</c></exception>
    public static IReadOnlyList<ServerState> Parse(string instance, string answer)
    {
        try
        {
            return [.. RuntimeTable.Read(answer, ' ').Select(Of)];
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw RuntimeTable.Unreadable(instance, RuntimeCommands.ShowServers, exception);
        }
    }

    private static ServerState Of(IReadOnlyDictionary<string, string> row) =>
        new()
        {
            Backend = RuntimeTable.Text(row, "be_name"),
            Name = RuntimeTable.Text(row, "srv_name"),
            Address = RuntimeTable.Text(row, "srv_addr"),
            Port = RuntimeTable.Number(row, "srv_port"),
            HostName = RuntimeTable.Text(row, "srv_fqdn"),
            IsUp = RuntimeTable.Number(row, "srv_op_state") > 0,
            Admin = (AdminState)RuntimeTable.Number(row, "srv_admin_state"),
            Weight = RuntimeTable.Number(row, "srv_uweight"),
        };
}
