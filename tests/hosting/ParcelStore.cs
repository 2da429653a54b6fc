using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.Hosting.Tests;

public sealed class ParcelStore(DbContextOptions<ParcelStore> options) : ServiceDbContext(options)
{
    public DbSet<Parcel> Parcels => Set<Parcel>();

    public DbSet<DeliveryState> Deliveries => Set<DeliveryState>();

    protected override void OnModel(ModelBuilder model)
    {
        model.Entity<Parcel>().HasKey(x => x.Id);
        model.Entity<Parcel>().Property(x => x.Stamps).HasJsonConversion();
        model.MapSaga<DeliveryState>();
    }
}

public sealed class Parcel
{
    public Guid Id { get; init; }

    public int Weighings { get; set; }

    public List<string> Stamps { get; set; } = [];

    public DateTimeOffset? SeenAt { get; set; }
}
