using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Canary.Durability.Storage;

/// <summary>The database that the host has chosen for all of its services.</summary>
internal interface IStorage
{
    /// <summary>Whether several replicas of a service work on the same data.</summary>
    bool IsShared { get; }

    /// <summary>Longest time without a look for work that another replica has left or committed.</summary>
    TimeSpan LongestSleep { get; }

    void Configure(DbContextOptionsBuilder options, string service);

    /// <summary>Brings the tables of a service up to date. Safe when several replicas do so at once.</summary>
    Task MigrateAsync(DbContext store, string service, CancellationToken cancellation);

    /// <summary>Commits new rows of any tables of a store, all or none.</summary>
    Task InsertAsync(ServiceDbContext store, IReadOnlyList<object> rows, CancellationToken cancellation);

    /// <summary>Begins the hand-over of messages to the bus; <c>null</c>: nobody else could take them anyway.</summary>
    Task<IDbContextTransaction?> BeginHandOverAsync(ServiceDbContext store, CancellationToken cancellation);

    /// <summary>Messages whose time has come and that no other replica is handing over, in the order of their commit.</summary>
    IQueryable<OutboxMessage> DueMessages(ServiceDbContext store, DateTimeOffset now, int limit);

    /// <summary>Whether an error says that the database could not be reached or gave up, so that trying again is all there
    /// is to do.</summary>
    bool IsUnavailable(Exception exception);
}
