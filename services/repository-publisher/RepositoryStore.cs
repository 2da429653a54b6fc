using Canary.Durability.Storage;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher;

/// <summary>What the repository holds. The indexes on disk follow from it and can always be made again.</summary>
internal sealed class RepositoryStore(DbContextOptions<RepositoryStore> options) : ServiceDbContext(options)
{
    /// <summary>Packages in the pool.</summary>
    public DbSet<PoolPackage> Packages => Set<PoolPackage>();

    /// <summary>Names of packages, with the applications that they belong to.</summary>
    public DbSet<OwnedName> Names => Set<OwnedName>();

    /// <summary>Applications, with the repositories that they belong to.</summary>
    public DbSet<OwnedApplication> Applications => Set<OwnedApplication>();

    /// <summary>What hosts need, by application.</summary>
    public DbSet<KeptVersions> Kept => Set<KeptVersions>();

    /// <summary>Packages that suites list.</summary>
    public DbSet<SuiteEntry> Entries => Set<SuiteEntry>();

    /// <summary>Requests that were carried out, with their answers.</summary>
    public DbSet<SuiteRequest> Requests => Set<SuiteRequest>();

    protected override void OnModel(ModelBuilder model)
    {
        model.Entity<PoolPackage>(package =>
        {
            package.HasIndex(it => it.FileName).IsUnique();
            package.HasIndex(it => it.Sha256).IsUnique();
            package.HasIndex(it => new { it.Name, it.Version });
        });
        model.Entity<OwnedName>().HasKey(it => it.Name);
        model.Entity<OwnedApplication>().HasKey(it => it.Application);
        model.Entity<KeptVersions>(kept =>
        {
            kept.HasKey(it => it.Application);
            kept.Property(it => it.Versions).HasJsonConversion();
        });
        model.Entity<SuiteEntry>(entry =>
        {
            entry.HasKey(it => new { it.Suite, it.PackageId });
            entry.HasIndex(it => new { it.Suite, it.Sequence }).IsUnique();
            entry
                .HasOne(it => it.Package)
                .WithMany()
                .HasForeignKey(it => it.PackageId)
                .OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<SuiteRequest>(request =>
        {
            request.HasKey(it => it.RequestId);
            request.Property(it => it.RequestId).ValueGeneratedNever();
            request.Ignore(it => it.Application);
            request.Ignore(it => it.Packages);
            request.Property(it => it.Restores).HasJsonConversion();
            request.HasIndex(it => new { it.RolloutId, it.Suite });
            request.HasIndex(it => it.AnsweredAt);
        });
    }
}
