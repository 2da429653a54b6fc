using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Canary.Durability.Storage;

/// <summary>
/// The data of one service, with the tables that make its message handling durable: state, inbox, outbox and jobs are
/// committed together by one <c>SaveChanges</c>.
/// </summary>
public abstract class ServiceDbContext(DbContextOptions options) : DbContext(options)
{
    internal DbSet<InboxMessage> Inbox => Set<InboxMessage>();

    internal DbSet<OutboxMessage> Outbox => Set<OutboxMessage>();

    internal DbSet<Job> Jobs => Set<Job>();

    /// <summary>How many messages should have left before a time of the <see cref="StoreClock"/> and are still here.</summary>
    public Task<int> CountOverdueMessagesAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        Outbox.CountAsync(message => message.NotBefore < before, cancellationToken);

    /// <summary>Maps the service's own tables.</summary>
    protected abstract void OnModel(ModelBuilder model);

    /// <inheritdoc />
    protected sealed override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);

        modelBuilder.Entity<InboxMessage>(inbox =>
        {
            inbox.ToTable("Inbox");
            inbox.HasKey(x => new { x.MessageId, x.ConsumerId });
            inbox.HasIndex(x => x.ConsumedAt);
        });
        modelBuilder.Entity<OutboxMessage>(outbox =>
        {
            outbox.ToTable("Outbox");
            outbox.HasKey(x => x.Sequence);
            outbox.Property(x => x.Sequence).ValueGeneratedOnAdd();
            outbox.HasIndex(x => x.NotBefore);
            outbox.HasIndex(x => x.Token);
        });
        modelBuilder.Entity<Job>(job =>
        {
            job.ToTable("Jobs");
            job.HasKey(x => x.Id);
            job.Property(x => x.Id).ValueGeneratedNever();
            job.Property(x => x.State).HasConversion<string>();
            job.Property(x => x.Version).IsConcurrencyToken();
            job.HasIndex(x => x.State);
        });

        OnModel(modelBuilder);

        if (Database.ProviderName == SqliteStorage.ProviderName)
        {
            StoreTimesAsTicks(modelBuilder);
            return;
        }

        var options = RelationalOptionsExtension.Extract(this.GetService<IDbContextOptions>());
        modelBuilder.HasDefaultSchema(options.MigrationsHistoryTableSchema);
        CompareTextByBytes(modelBuilder);
        StoreTimesInUtc(modelBuilder);
    }

    // As SQLite does, and in the same way on servers of every locale.
    private static void CompareTextByBytes(ModelBuilder model)
    {
        foreach (var property in PropertiesOf(model, typeof(string)))
        {
            property.SetCollation("C");
        }
    }

    // PostgreSQL keeps points in time without an offset, and the driver takes none but UTC.
    private static void StoreTimesInUtc(ModelBuilder model)
    {
        var converter = new ValueConverter<DateTimeOffset, DateTimeOffset>(
            time => time.ToUniversalTime(),
            time => time
        );
        foreach (var property in PropertiesOf(model, typeof(DateTimeOffset)))
        {
            property.SetValueConverter(converter);
        }
    }

    // SQLite has no type for points in time, and text does not compare as time does.
    private static void StoreTimesAsTicks(ModelBuilder model)
    {
        var converter = new ValueConverter<DateTimeOffset, long>(
            time => time.UtcTicks,
            ticks => new DateTimeOffset(ticks, TimeSpan.Zero)
        );
        foreach (var property in PropertiesOf(model, typeof(DateTimeOffset)))
        {
            property.SetValueConverter(converter);
        }
    }

    private static IEnumerable<IMutableProperty> PropertiesOf(ModelBuilder model, Type type) =>
        model
            .Model.GetEntityTypes()
            .SelectMany(entity => entity.GetProperties())
            .Where(property => (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) == type);
}
