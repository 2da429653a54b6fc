using System.Globalization;
using Canary.Deployer.Inventory;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Enrolment;

/// <summary>An inventory whose hosts have the keys that they enrolled with, where it names none itself: what people wrote is theirs, and
/// decides alone.</summary>
internal sealed class EnrolledInventory(IInventory inventory, IServiceScopeFactory scopes) : IInventory
{
    public async Task<InventoryReading> ReadAsync(CancellationToken cancellation)
    {
        var reading = await inventory.ReadAsync(cancellation);
        if (!reading.Hosts.Any(NeedsKeys))
        {
            return reading;
        }

        await using var scope = scopes.CreateAsyncScope();
        var enrolled = await StoreIn(scope)
            .EnrolledHosts.AsNoTracking()
            .ToDictionaryAsync(row => row.Host, StringComparer.Ordinal, cancellation);
        return reading with
        {
            Hosts = [.. reading.Hosts.Select(host => With(enrolled.GetValueOrDefault(host.Name), host))],
        };
    }

    public async Task<InventoryHost> FindAsync(string host, string application, CancellationToken cancellation)
    {
        var found = await inventory.FindAsync(host, application, cancellation);
        if (!NeedsKeys(found))
        {
            return found;
        }

        await using var scope = scopes.CreateAsyncScope();
        return With(
            await StoreIn(scope)
                .EnrolledHosts.AsNoTracking()
                .SingleOrDefaultAsync(row => row.Host == found.Name, cancellation),
            found
        );
    }

    public async Task<string> StampAsync(CancellationToken cancellation)
    {
        var stamp = await inventory.StampAsync(cancellation);
        await using var scope = scopes.CreateAsyncScope();
        // Of many numbers a lower one may come last.
        var enrolments = await StoreIn(scope).EnrolledHosts.SumAsync(row => row.Number, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"{stamp} {enrolments}");
    }

    public Task<string> HowToAddAsync(string application, string role, CancellationToken cancellation) =>
        inventory.HowToAddAsync(application, role, cancellation);

    private static DeployerStore StoreIn(AsyncServiceScope scope) =>
        scope.ServiceProvider.GetRequiredService<DeployerStore>();

    private static bool NeedsKeys(InventoryHost host) => host is { Transport: "ssh", Ssh.HostKeys.Count: 0 };

    private static InventoryHost With(EnrolledHost? enrolled, InventoryHost host) =>
        enrolled is not null && NeedsKeys(host)
            ? host with
            {
                Ssh = host.Ssh with { EnrolledKeys = enrolled.HostKeys },
            }
            : host;
}
