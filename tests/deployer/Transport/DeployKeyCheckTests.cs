using Canary.Deployer.Inventory;
using Canary.Deployer.Transport.Ssh;
using Canary.Failures;
using Canary.Files;
using Canary.Machines.Ssh;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Transport;

public sealed class DeployKeyCheckTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task A_key_that_can_be_used_is_named_with_the_hosts_that_need_it()
    {
        var result = await CheckAsync("ssh");

        result.Status.ShouldBe(HealthStatus.Healthy);
        result.Description.ShouldBe($"{_directory.Combine("data", "deployer", "ssh", "id_ed25519")}, for 1 host.");
    }

    [Fact]
    public async Task A_key_that_cannot_be_used_is_told_with_what_to_do()
    {
        var key = _directory.WriteFile("key", "no key");

        var result = await CheckAsync("ssh", key);

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldNotBeNull().ShouldContain(key);
        result.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("ssh-keygen -t ed25519");
    }

    [Fact]
    public async Task No_key_is_needed_for_hosts_that_are_reached_otherwise()
    {
        var result = await CheckAsync("local", _directory.WriteFile("key", "no key"));

        result.Status.ShouldBe(HealthStatus.Healthy);
        result.Description.ShouldBe("No host is reached over SSH.");
    }

    [Fact]
    public async Task An_inventory_that_cannot_be_read_is_told()
    {
        var result = await CheckAsync("ssh, channel: nowhere");

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldNotBeNull().ShouldContain("hosts.yml");
    }

    public void Dispose() => _directory.Dispose();

    private async Task<HealthCheckResult> CheckAsync(string transport, string? keyFile = null)
    {
        var inventoryFile = _directory.WriteFile(
            "hosts.yml",
            $$"""
            hosts:
              - { name: canary-1, address: 127.0.0.1, channel: canary, applications: [shop], transport: {{transport}} }
            """
        );
        var options = new DeployerOptions();
        options.Ssh.KeyFile = keyFile;
        options.Inventory.Path = inventoryFile;
        var data = new DataDirectory(_directory.Combine("data"));
        using var inventory = new FileInventory(
            Options.Create(options),
            data,
            new InventoryCopy(data, NullLogger<InventoryCopy>.Instance),
            TimeProvider.System
        );
        await using var connections = new SshConnections(
            options.Ssh.ToLogin(),
            data,
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        return await new DeployKeyCheck(inventory, connections).CheckHealthAsync(
            new HealthCheckContext(),
            TestContext.Current.CancellationToken
        );
    }
}
