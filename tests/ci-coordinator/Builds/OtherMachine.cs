using System.Diagnostics;
using System.Globalization;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>Another machine in the network of this one, as far as addresses go: a network namespace in which something
/// listens. Takes root.</summary>
internal sealed class OtherMachine : IAsyncDisposable
{
    private const string Listen =
        "$| = 1; print \"apart\\n\"; <STDIN>; "
        + "my $door = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 7, Listen => 9) or die; print \"up\\n\"; "
        + "while (my $guest = $door->accept) { close $guest }";

    private readonly Process _machine;

    private OtherMachine(string address, Process machine)
    {
        Address = address;
        _machine = machine;
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
        var machine = Process.Start(
            new ProcessStartInfo("unshare", ["--net", "perl", "-MIO::Socket::INET", "-e", Listen, Address(2)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        (await machine.StandardOutput.ReadLineAsync()).ShouldBe("apart");
        var pid = machine.Id.ToString(CultureInfo.InvariantCulture);
        string[] inside = ["nsenter", $"--net=/proc/{pid}/ns/net", "ip"];
        string[][] commands =
        [
            ["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", pid],
            ["ip", "address", "add", $"{Address(1)}/30", "dev", name],
            ["ip", "link", "set", name, "up"],
            [.. inside, "address", "add", $"{Address(2)}/30", "dev", "eth0"],
            [.. inside, "link", "set", "eth0", "up"],
        ];
        foreach (var command in commands)
        {
            await ProcessRunner.OutputOfAsync(command[0], command[1..]);
        }

        await machine.StandardInput.WriteLineAsync();
        await machine.StandardInput.FlushAsync();
        (await machine.StandardOutput.ReadLineAsync()).ShouldBe("up");
        return new OtherMachine(Address(2), machine);
    }

    /// <summary>With its last process the network ends, and this machine's end of it.</summary>
    public async ValueTask DisposeAsync()
    {
        _machine.Kill();
        await _machine.WaitForExitAsync();
        _machine.Dispose();
    }
}
