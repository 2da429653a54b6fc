using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Files;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Inventory;

/// <summary>What becomes of the fleet while its file is being changed, or is damaged.</summary>
public sealed class FileInventoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<FileInventory> _opened = [];

    private string HostsFile => _directory.Combine("hosts.yml");

    [Theory]
    [InlineData("", "lists no hosts")]
    [InlineData("hosts:\n", "lists no hosts")]
    [InlineData("hosts:\n  - name: web-1\n    channel: prod", "'prod' is neither")]
    [InlineData("hosts:\n  - { name: web-1, channel: production }\n  - { name: web-2, chan", "is not YAML")]
    [InlineData("hosts:\n  - { name: web-1, channel: production }", "ends in the middle of line 2")]
    public async Task A_file_that_was_cut_does_not_become_the_fleet(string cut, string words)
    {
        Write(Text(4));
        var inventory = Open();
        await inventory.ReadAsync(CancellationToken.None);

        Write(cut);
        var fault = await Should.ThrowAsync<CanaryException>(() => inventory.ReadAsync(CancellationToken.None));

        fault.Message.ShouldContain(HostsFile);
        fault.Message.ShouldContain(words);
        (await inventory.FindAsync("web-4", "shop", CancellationToken.None)).Name.ShouldBe("web-4");
        (await CheckAsync(inventory)).Status.ShouldBe(HealthStatus.Unhealthy);

        Write(Text(3));
        (await inventory.ReadAsync(CancellationToken.None)).Hosts.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Work_that_has_begun_goes_on_with_the_hosts_as_they_were_also_after_a_restart()
    {
        Write(Text(2));
        await Open().ReadAsync(CancellationToken.None);
        Write("");

        var restarted = Open();

        (await restarted.FindAsync("web-2", "shop", CancellationToken.None)).Name.ShouldBe("web-2");
        await Should.ThrowAsync<CanaryException>(() => restarted.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_not_replaced_by_simulated_hosts()
    {
        var own = _directory.Combine("data", "deployer", "hosts.yml");
        await Open(isDefault: true).ReadAsync(CancellationToken.None);
        File.Delete(own);

        var fault = await Should.ThrowAsync<CanaryException>(() =>
            Open(isDefault: true).ReadAsync(CancellationToken.None)
        );

        fault.Code.ShouldBe("inventory-unreadable");
        fault.Message.ShouldContain(own);
        File.Exists(own).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_never_ended_with_a_line_end_may_lose_a_host()
    {
        Write(Text(3).TrimEnd());
        var inventory = Open();
        await inventory.ReadAsync(CancellationToken.None);

        Write(Text(2).TrimEnd());

        (await inventory.ReadAsync(CancellationToken.None)).Hosts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_fleet_that_lost_most_of_its_hosts_at_once_is_told_until_somebody_says_that_it_is_right()
    {
        Write(Text(6));
        var inventory = Open();
        (await CheckAsync(inventory)).Status.ShouldBe(HealthStatus.Healthy);

        Write(Text(2));
        var result = await CheckAsync(Open());

        result.Status.ShouldBe(HealthStatus.Degraded);
        result.Description.ShouldNotBeNull().ShouldContain("4 left");
        result.Description.ShouldContain("web-3, web-4");
        var before = _directory.Combine("data", "deployer", "inventory-before-loss.yml");
        ((string)result.Data["remedy"]).ShouldContain(before);
        (await File.ReadAllTextAsync(before)).ShouldBe(Text(6));

        File.Delete(before);
        (await CheckAsync(inventory)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Hosts_that_come_back_are_no_loss()
    {
        Write(Text(6));
        var inventory = Open();
        await inventory.ReadAsync(CancellationToken.None);
        Write(Text(1));
        await inventory.ReadAsync(CancellationToken.None);

        Write(Text(5));

        (await CheckAsync(inventory)).Status.ShouldBe(HealthStatus.Healthy);
    }

    public void Dispose()
    {
        _opened.ForEach(inventory => inventory.Dispose());
        _directory.Dispose();
    }

    private static string Text(int hosts) =>
        "hosts:\n"
        + string.Concat(Enumerable.Range(1, hosts).Select(i => $"  - {{ name: web-{i}, channel: production }}\n"));

    private void Write(string text) => _directory.WriteFile("hosts.yml", text);

    private FileInventory Open(bool isDefault = false)
    {
        var options = new DeployerOptions();
        options.Inventory.Path = isDefault ? null : HostsFile;
        var inventory = new FileInventory(Options.Create(options), Data(), Copy(), TimeProvider.System);
        _opened.Add(inventory);
        return inventory;
    }

    private DataDirectory Data() => new(_directory.Combine("data"));

    private InventoryCopy Copy() => new(Data(), NullLogger<InventoryCopy>.Instance);

    private Task<HealthCheckResult> CheckAsync(FileInventory inventory) =>
        new FileInventoryCheck(inventory, Copy()).CheckHealthAsync(
            new HealthCheckContext(),
            TestContext.Current.CancellationToken
        );
}
