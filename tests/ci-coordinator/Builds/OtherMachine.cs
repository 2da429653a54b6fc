using System.Diagnostics;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>Another machine in the network of this one, as far as addresses go: a network namespace in which something
/// listens. Takes root.</summary>
internal sealed class OtherMachine : IAsyncDisposable
{
    private const string Listen =
        "my $door = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 7, Listen => 9) or die; $| = 1; print \"up\\n\"; "
        + "while (my $guest = $door->accept) { close $guest }";

    private readonly string _name;
    private readonly Process _listener;

    private OtherMachine(string name, string address, Process listener)
    {
        _name = name;
        Address = address;
        _listener = listener;
    }

    public string Address { get; }

    public int Port => 7;

    public static async Task<OtherMachine> StartAsync()
    {
        await InstalledPackages.RequireAsync("iproute2");
        var number = Random.Shared.Next(1 << 14);
        var name = $"canary{number}";
        // 198.18.0.0/15 is for tests of networks (RFC 2544).
        string Address(int host) => $"198.18.{number >> 6}.{((number & 63) << 2) + host}";
        string[][] commands =
        [
            ["netns", "add", name],
            ["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name],
            ["address", "add", $"{Address(1)}/30", "dev", name],
            ["link", "set", name, "up"],
            ["-n", name, "address", "add", $"{Address(2)}/30", "dev", "eth0"],
            ["-n", name, "link", "set", "eth0", "up"],
        ];
        foreach (var command in commands)
        {
            await ProcessRunner.OutputOfAsync("ip", command);
        }
        var listener = Process.Start(
            new ProcessStartInfo("ip", ["netns", "exec", name, "perl", "-MIO::Socket::INET", "-e", Listen, Address(2)])
            {
                RedirectStandardOutput = true,
            }
        )!;
        (await listener.StandardOutput.ReadLineAsync()).ShouldBe("up");
        return new OtherMachine(name, Address(2), listener);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Kill();
        await _listener.WaitForExitAsync();
        _listener.Dispose();
        await ProcessRunner.OutputOfAsync("ip", ["netns", "delete", _name]);
    }
}
