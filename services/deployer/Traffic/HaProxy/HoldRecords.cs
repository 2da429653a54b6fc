using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>What is held back, in the store. Each change is committed by itself, before or after the load balancer is told, whatever
/// becomes of the message that is being handled.</summary>
internal sealed class HoldRecords(IServiceScopeFactory scopes)
{
    /// <summary>Whether anything is held back, or not given back yet.</summary>
    public Task<bool> AnyAsync(CancellationToken cancellation) =>
        WithAsync(async store =>
            await store.TrafficHolds.AnyAsync(cancellation) || await store.HeldServers.AnyAsync(cancellation)
        );

    public Task<List<TrafficHold>> HoldsAsync(CancellationToken cancellation) =>
        WithAsync(store => store.TrafficHolds.AsNoTracking().ToListAsync(cancellation));

    public Task<TrafficHold?> FindAsync(string application, string host, CancellationToken cancellation) =>
        WithAsync(store =>
            store
                .TrafficHolds.AsNoTracking()
                .SingleOrDefaultAsync(it => it.Application == application && it.Host == host, cancellation)
        );

    public Task<List<HeldServer>> ServersAsync(CancellationToken cancellation) =>
        WithAsync(store => store.HeldServers.AsNoTracking().ToListAsync(cancellation));

    public Task<List<HeldServer>> ServersAtAsync(string instance, CancellationToken cancellation) =>
        WithAsync(store =>
            store.HeldServers.AsNoTracking().Where(it => it.Instance == instance).ToListAsync(cancellation)
        );

    public Task<List<HeldServer>> ServersOfAsync(string application, string host, CancellationToken cancellation) =>
        WithAsync(store =>
            store
                .HeldServers.AsNoTracking()
                .Where(it => it.Application == application && it.Host == host)
                .ToListAsync(cancellation)
        );

    public Task PutAsync(TrafficHold hold, CancellationToken cancellation) =>
        WithAsync(async store =>
        {
            var stored = await store.TrafficHolds.FindAsync([hold.Application, hold.Host], cancellation);
            if (stored is null)
            {
                store.TrafficHolds.Add(hold);
            }
            else
            {
                (stored.RolloutId, stored.Share) = (hold.RolloutId, hold.Share);
            }

            return await store.SaveChangesAsync(cancellation);
        });

    public Task RemoveAsync(TrafficHold hold, CancellationToken cancellation) =>
        WithAsync(store =>
            store
                .TrafficHolds.Where(it => it.Application == hold.Application && it.Host == hold.Host)
                .ExecuteDeleteAsync(cancellation)
        );

    public Task AddAsync(IReadOnlyList<HeldServer> servers, CancellationToken cancellation) =>
        WithAsync(async store =>
        {
            foreach (var server in servers)
            {
                var stored = await store.HeldServers.FindAsync(
                    [server.Instance, server.Backend, server.Server],
                    cancellation
                );
                if (stored is null)
                {
                    store.HeldServers.Add(server);
                }
                else
                {
                    // Two applications may share a backend: whoever changes a server last gives it back.
                    store.Entry(stored).CurrentValues.SetValues(server);
                }
            }

            return await store.SaveChangesAsync(cancellation);
        });

    public Task NoteWeightAsync(HeldServer server, int weight, CancellationToken cancellation) =>
        WithAsync(store =>
            Rows(store, server).ExecuteUpdateAsync(set => set.SetProperty(it => it.GivenWeight, weight), cancellation)
        );

    public Task RemoveAsync(HeldServer server, CancellationToken cancellation) =>
        WithAsync(store => Rows(store, server).ExecuteDeleteAsync(cancellation));

    private static IQueryable<HeldServer> Rows(DeployerStore store, HeldServer server) =>
        store.HeldServers.Where(it =>
            it.Instance == server.Instance && it.Backend == server.Backend && it.Server == server.Server
        );

    private async Task<T> WithAsync<T>(Func<DeployerStore, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await work(scope.ServiceProvider.GetRequiredService<DeployerStore>());
        }
        catch (DbUpdateException exception) when (exception.InnerException is DbException inner)
        {
            // A database that is away is no failure of the host that is being updated.
            throw inner;
        }
    }
}
