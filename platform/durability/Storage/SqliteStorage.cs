using Canary.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Canary.Durability.Storage;

/// <summary>A file per service in the data directory, for one process.</summary>
internal sealed class SqliteStorage(DataDirectory data) : IStorage
{
    public const string ProviderName = "Microsoft.EntityFrameworkCore.Sqlite";

    private readonly SqlitePragmas _pragmas = new();

    public bool IsShared => false;

    public TimeSpan LongestSleep { get; } = TimeSpan.FromSeconds(30);

    public void Configure(DbContextOptionsBuilder options, string service) =>
        options.UseSqlite($"Data Source={PathOf(service)}").AddInterceptors(_pragmas);

    public async Task MigrateAsync(DbContext store, string service, CancellationToken cancellation)
    {
        var path = PathOf(service);
        try
        {
            SqliteFile.MakeOrCheck(path);
            await NewerTables.RefuseAsync(store, service, cancellation);
            await store.Database.MigrateAsync(cancellation);
        }
        catch (Exception exception) when (SqliteErrors.Of(exception, path) is { } known)
        {
            throw known;
        }
    }

    public Task InsertAsync(ServiceDbContext store, IReadOnlyList<object> rows, CancellationToken cancellation)
    {
        store.AddRange(rows);
        return store.SaveChangesAsync(cancellation);
    }

    public Task<IDbContextTransaction?> BeginHandOverAsync(ServiceDbContext store, CancellationToken cancellation) =>
        Task.FromResult<IDbContextTransaction?>(null);

    public IQueryable<OutboxMessage> DueMessages(ServiceDbContext store, DateTimeOffset now, int limit) =>
        store.Outbox.AsNoTracking().Where(row => row.NotBefore <= now).OrderBy(row => row.Sequence).Take(limit);

    public bool IsUnavailable(Exception exception) => false;

    private string PathOf(string service) => Path.Combine(data.For(service), service + ".db");
}
