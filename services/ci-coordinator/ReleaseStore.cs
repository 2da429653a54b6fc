using Canary.CiCoordinator.Releases;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.CiCoordinator;

/// <summary>The data of the service: releases, and the one order of those of an application.</summary>
internal sealed class ReleaseStore(DbContextOptions<ReleaseStore> options) : ServiceDbContext(options)
{
    internal DbSet<ReleaseState> Releases => Set<ReleaseState>();

    internal DbSet<Lane> Lanes => Set<Lane>();

    internal DbSet<Admission> Admissions => Set<Admission>();

    /// <inheritdoc />
    protected override void OnModel(ModelBuilder model)
    {
        ArgumentNullException.ThrowIfNull(model);

        var release = model.MapSaga<ReleaseState>();
        release.ToTable("Releases");
        release.Property(x => x.Push).HasJsonConversion();
        release.Property(x => x.Stages).HasJsonConversion();
        release.Property(x => x.Output).HasJsonConversion();
        release.Property(x => x.Left).HasJsonConversion();
        release.Property(x => x.Package).HasJsonConversion();
        release.Property(x => x.Plan).HasJsonConversion();
        release.Property(x => x.Failure).HasJsonConversion();
        release.Property(x => x.Decision).HasJsonConversion();
        release.Property(x => x.Deployment).HasJsonConversion();

        var lane = model.Entity<Lane>();
        lane.ToTable("Lanes");
        lane.HasKey(x => x.Application);
        lane.Property(x => x.Hold).HasJsonConversion();
        lane.Property(x => x.Version).IsConcurrencyToken();

        var admission = model.Entity<Admission>();
        admission.ToTable("Admissions");
        admission.HasKey(x => x.ReleaseId);
        admission.Property(x => x.ReleaseId).ValueGeneratedNever();
        admission.Property(x => x.Refusal).HasJsonConversion();
        admission.Property(x => x.Deployment).HasJsonConversion();
        admission.HasIndex(x => new { x.Application, x.Commit });
    }
}
