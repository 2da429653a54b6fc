using System.Globalization;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Fleet.Tests.Plan;
using Canary.Fleet.Tests.World;
using Canary.Testing.Machines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Canary.Fleet.Tests;

/// <summary>Machines that nobody reaches go by themselves to what the repository says, forward and back, and never ahead of their wave.</summary>
public sealed class PullTests : IAsyncDisposable
{
    private static readonly string[] Pushed = ["canary-1", "web-1", "web-2"];

    private readonly TempDirectory _directory = new("canary-pull-");
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private MachineSet? _set;
    private CanaryServer? _server;

    private CanaryServer Server => _server!;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_set is not null)
        {
            await _set.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_machine_converges_by_its_timer_without_SSH_and_server_and_is_never_ahead_of_its_wave()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await StartAsync();
        var alone = _machines["alone"];
        using var shop = await Shop.CreateAsync();

        var first = await ReleaseAsync(shop, 1);
        await ConvergeAsync(alone);
        (await alone.InstalledAsync("shop")).ShouldBe(
            first,
            "It is to have the package, and nothing has installed it."
        );

        var commit = await shop.PushAsync(Server, 2, Behaviour.IsWell, waveSoak: "40s");
        await PromoteAsync(commit);
        var underWay = await Eventually.NotNullAsync(() => InFirstWaveAsync(commit));
        await ConvergeAsync(alone);
        (await Server.ReleaseAsync(commit))!.State.ShouldBe(ReleaseStates.RollingOut, "The waves were over too soon.");
        (await alone.InstalledAsync("shop")).ShouldBe(first, "The version is for the first wave only.");

        var completed = await Server.ReleaseInAsync(commit, ReleaseStates.Completed);
        await ConvergeAsync(alone);
        (await alone.InstalledAsync("shop")).ShouldBe(underWay.Version);

        (await Server.DecideAsync(completed, "rollback")).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(async () =>
            (await Server.ReleasesAsync("application=shop&limit=1"))[0] is { State: ReleaseStates.Completed } newest
            && newest.Version == first
        );
        await ConvergeAsync(alone);
        (await alone.InstalledAsync("shop")).ShouldBe(first, "What was taken back also leaves it.");
        (await Server.ResumeAsync("shop")).EnsureSuccessStatusCode();

        var third = await ReleaseAsync(shop, 3);
        await using var repository = await ServeAloneAsync();
        await alone.OutputOfAsync("systemctl", "stop", "ssh.service");
        await ConvergeAsync(alone);
        (await alone.InstalledAsync("shop")).ShouldBe(third);
        (await alone.OutputOfAsync("systemctl", "is-active", "shop.service")).Trim().ShouldBe("active");

        var canary = _machines["canary-1"];
        await canary.OutputOfAsync("apt-get", "install", "-y", "-q", "--allow-downgrades", $"shop={first}");
        await ConvergeAsync(canary);
        (await canary.InstalledAsync("shop")).ShouldBe(first, "Canaries are brought forward by the deployer alone.");

        foreach (var machine in _machines.Values)
        {
            (await machine.OutputOfAsync("systemctl", "is-active", "canary-converge.timer")).Trim().ShouldBe("active");
            (await machine.OutputOfAsync("systemctl", "is-enabled", "canary-converge.timer"))
                .Trim()
                .ShouldBe("enabled");
        }
    }

    private async Task StartAsync()
    {
        _set = await MachineSet.StartAsync();
        foreach (var name in (string[])[.. Pushed, "alone"])
        {
            _machines[name] = await _set.BootAsync(name);
            _machines[name].WriteFile("/etc/default/shop", "ADDRESS=0.0.0.0\nPORT=8080\n");
        }

        var key = _directory.Combine("id_ed25519");
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        _server = await CanaryServer.StartAsync(
            new ServerSetup
            {
                Hosts = "hosts: []\n",
                Listen = string.Create(CultureInfo.InvariantCulture, $"http://{_set.Address}:{FreePort.Next()}"),
                HostRoot = host => _machines[host].Root,
                Settings = ["deployer.promotion=manual", $"deployer.ssh.key-file={key}"],
            }
        );
        await PrepareAsync((await File.ReadAllTextAsync(key + ".pub")).Trim());
    }

    private async Task PrepareAsync(string deployerKey)
    {
        var file = Path.Combine(Server.Data, "repository-publisher", "fingerprint");
        await Eventually.TrueAsync(() => File.Exists(file));
        var fingerprint = (await File.ReadAllTextAsync(file)).Trim();
        var repository = new Uri(Server.Http.BaseAddress!, "repository/");
        var hosts = new List<string>();
        foreach (var name in Pushed)
        {
            var channel = name.StartsWith("canary", StringComparison.Ordinal) ? "canary" : "production";
            var host = _machines[name];
            var hostKey = await host.PrepareAsync(repository, channel, deployerKey, fingerprint);
            hosts.Add(
                $"  - {{ name: {name}, address: {host.Address}, channel: {channel}, applications: [shop], transport: ssh, "
                    + $"ssh: {{ host-keys: ['{hostKey}'] }}, variables: {{ port: 8080 }} }}\n"
            );
        }

        await _machines["alone"].PrepareAsync(repository, "production", deployerKey, fingerprint, "--package", "shop");
        await File.WriteAllTextAsync(Server.Inventory, "hosts:\n" + string.Concat(hosts));
    }

    /// <returns>The version.</returns>
    private async Task<string> ReleaseAsync(Shop shop, int number)
    {
        var commit = await shop.PushAsync(Server, number, Behaviour.IsWell);
        await PromoteAsync(commit);
        return (await Server.ReleaseInAsync(commit, ReleaseStates.Completed)).Version!;
    }

    private async Task PromoteAsync(string commit)
    {
        var release = await Server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        (await Server.DecideAsync(release, "promote")).EnsureSuccessStatusCode();
    }

    private async Task<ReleaseView?> InFirstWaveAsync(string commit) =>
        await Server.ReleaseAsync(commit) is { } release
        && release.Hosts.Any(host => host is { Channel: "production", State: "succeeded" })
            ? release
            : null;

    /// <summary>What the timer starts.</summary>
    private static Task<string> ConvergeAsync(Machine machine) =>
        machine.OutputOfAsync("systemctl", "start", "canary-converge.service");

    /// <summary>Nothing of Canary runs any more; a web server has the files of its repository.</summary>
    private async Task<WebApplication> ServeAloneAsync()
    {
        var address = Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        var files = Path.Combine(Server.Data, "repository-publisher", "public");
        await Server.KillAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var repository = builder.Build();
        repository.UseStaticFiles(
            new StaticFileOptions
            {
                RequestPath = "/repository",
                FileProvider = new PhysicalFileProvider(files),
                ServeUnknownFileTypes = true,
            }
        );
        await repository.StartAsync();
        return repository;
    }
}
