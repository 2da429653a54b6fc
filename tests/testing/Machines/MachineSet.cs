using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Canary.Testing.Machines;

/// <summary>
/// Machines of a test's own, as real as they can be without a kernel of their own: Debian with systemd as its first process, sshd, apt
/// and dpkg, each with an address in a network that this machine is in and nobody else. All of it goes when the set is disposed of, and
/// what a killed test left goes when the next one begins.
/// </summary>
public sealed class MachineSet : IAsyncDisposable
{
    /// <summary>A part of the network that is kept for tests of networks (RFC 2544), so that it is in nobody's way.</summary>
    private const string Network = "198.18";

    private static int _sets;

    private readonly MachineName _name = new(Environment.ProcessId, Interlocked.Increment(ref _sets));
    private readonly TempDirectory _directory;
    private readonly List<Machine> _machines = [];
    private readonly Lock _gate = new();
    private readonly int _subnet;
    private int _made;

    private MachineSet()
    {
        _directory = new TempDirectory($"{MachineName.Directories}{_name.Id}-");
        _subnet = FreeSubnet();
        Address = AddressOf(1);
    }

    /// <summary>The address of this machine in their network.</summary>
    public IPAddress Address { get; }

    public IReadOnlyList<Machine> Machines
    {
        get
        {
            lock (_gate)
            {
                return [.. _machines];
            }
        }
    }

    /// <summary>Why there can be no machines here; <c>null</c>: there can be.</summary>
    public static async Task<string?> ObstacleAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Booting machines takes root.";
        }

        await InstalledPackages.RequireAsync("iproute2", "systemd-container");
        var trial = await ProcessRunner.RunAsync(
            "unshare",
            ["--mount", "--net", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]
        );
        return trial.ExitCode == 0 ? null : $"Machines cannot be booted here: {trial.Text.Trim()}";
    }

    /// <summary>Makes their network.</summary>
    public static async Task<MachineSet> StartAsync()
    {
        await InstalledPackages.RequireAsync("iproute2");
        await MachineLeftovers.RemoveAsync();
        var set = new MachineSet();
        try
        {
            await ProcessRunner.OutputOfAsync(
                "mount",
                ["-t", "tmpfs", "-o", "size=4g,mode=0755", "canary-test", set._directory.Path]
            );
            await ProcessRunner.OutputOfAsync("ip", ["link", "add", set._name.Bridge, "type", "bridge"]);
            await ProcessRunner.OutputOfAsync("ip", ["address", "add", $"{set.Address}/24", "dev", set._name.Bridge]);
            await ProcessRunner.OutputOfAsync("ip", ["link", "set", set._name.Bridge, "up"]);
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Boots a machine, and awaits that all of its units run.</summary>
    /// <param name="name">Its host name.</param>
    /// <param name="kind">What it has.</param>
    /// <param name="suite">The Debian that it runs.</param>
    /// <param name="image">Directory of the system that it lies over; <c>null</c>: one of hosts.</param>
    public async Task<Machine> BootAsync(
        string name,
        MachineKind kind = MachineKind.Plain,
        string suite = "bookworm",
        string? image = null
    )
    {
        var number = Interlocked.Increment(ref _made);
        var machine = new Machine(
            name,
            AddressOf(number + 10),
            _name.NamespaceOf(number),
            _directory.CreateDirectory(number.ToString(CultureInfo.InvariantCulture))
        );
        lock (_gate)
        {
            _machines.Add(machine);
        }

        await machine.ConnectAsync(_name.Bridge, _name.InterfaceOf(number));
        await machine.BootAsync(image ?? await MachineImage.DirectoryAsync(suite, kind));
        return machine;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var machine in Machines)
        {
            await machine.DisposeAsync();
        }

        await ProcessRunner.RunAsync("ip", ["link", "delete", _name.Bridge]);
        await MachineLeftovers.UnmountAsync(_directory.Path);
        _directory.Dispose();
    }

    private static int FreeSubnet()
    {
        var taken = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(it => it.GetIPProperties().UnicastAddresses)
            .Where(it => it.Address.AddressFamily == AddressFamily.InterNetwork)
            .Select(it => it.Address.GetAddressBytes())
            .Where(it => it is [198, 18, ..])
            .Select(it => (int)it[2])
            .ToHashSet();
        return Enumerable.Range(0, 256).Where(subnet => !taken.Contains(subnet)).ToArray() is [_, ..] free
            ? free[Random.Shared.Next(free.Length)]
            : throw new InvalidOperationException($"There is no network below {Network} that is free.");
    }

    private IPAddress AddressOf(int number) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{Network}.{_subnet}.{number}"));
}
