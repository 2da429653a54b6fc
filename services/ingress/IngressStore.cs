using Canary.Durability.Storage;
using Canary.Ingress.Alarms;
using Canary.Ingress.Audit;
using Canary.Ingress.Enrolment;
using Canary.Ingress.Fleet;
using Canary.Ingress.Freezes;
using Canary.Ingress.Notifications;
using Canary.Ingress.Polling;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Repositories.Registrations;
using Canary.Ingress.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Canary.Ingress;

/// <summary>The read model: what was pushed, and what every other service has reported about it.</summary>
internal sealed class IngressStore(DbContextOptions<IngressStore> options) : ServiceDbContext(options)
{
    public DbSet<ReleaseRow> Releases => Set<ReleaseRow>();

    public DbSet<RolloutRow> Rollouts => Set<RolloutRow>();

    public DbSet<HoldRow> Holds => Set<HoldRow>();

    public DbSet<FreezeRow> Freezes => Set<FreezeRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<FleetRow> Fleet => Set<FleetRow>();

    public DbSet<ObservationRow> Observations => Set<ObservationRow>();

    public DbSet<HostVersionRow> HostVersions => Set<HostVersionRow>();

    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    public DbSet<AlarmRow> Alarms => Set<AlarmRow>();

    public DbSet<AlarmDrill> AlarmDrills => Set<AlarmDrill>();

    public DbSet<NotificationRow> Notifications => Set<NotificationRow>();

    public DbSet<RepositoryIdRow> RepositoryIds => Set<RepositoryIdRow>();

    public DbSet<RegistrationRow> Registrations => Set<RegistrationRow>();

    public DbSet<LookedAtRow> LookedAt => Set<LookedAtRow>();

    public DbSet<PullRequestRow> PullRequests => Set<PullRequestRow>();

    public DbSet<PullRequestBuildRow> PullRequestBuilds => Set<PullRequestBuildRow>();

    public DbSet<EnrolmentTokenRow> EnrolmentTokens => Set<EnrolmentTokenRow>();

    public DbSet<EnrolmentRow> Enrolments => Set<EnrolmentRow>();

    public DbSet<ChannelRow> NotificationChannels => Set<ChannelRow>();

    public override async Task<int> SaveChangesAsync(
        bool acceptAllChangesOnSuccess,
        CancellationToken cancellationToken = default
    )
    {
        await NumberArrivalsAsync(cancellationToken);
        var changed = ChangedReleases();
        var written = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        if (changed.Count > 0)
        {
            this.GetService<ReleaseFeed>().Announce(changed);
            this.GetService<Channels>().Wake();
        }

        return written;
    }

    /// <summary><see cref="ReleaseRow.Arrival"/> of the newest release; 0: there is none.</summary>
    public async Task<long> LastArrivalAsync(CancellationToken cancellationToken) =>
        await Releases.MaxAsync(release => (long?)release.Arrival, cancellationToken) ?? 0;

    protected override void OnModel(ModelBuilder model)
    {
        model.Entity<ReleaseRow>(release =>
        {
            release.ToTable("Releases");
            release.HasKey(x => x.Id);
            release.Property(x => x.Id).ValueGeneratedNever();
            release.Property(x => x.Push).HasJsonConversion();
            release.Property(x => x.Snapshot).HasJsonConversion();
            release.Property(x => x.Deploy).HasJsonConversion();
            release.Property(x => x.Revision).IsConcurrencyToken();
            release.HasIndex(x => new { x.Application, x.Arrival });
            release.HasIndex(x => new { x.Application, x.Number });
            release.HasIndex(x => x.Arrival);
            release.HasIndex(x => x.ReceivedAt);
            release.HasIndex(x => x.Key).IsUnique();
            release.HasIndex(x => new { x.Application, x.Commit });
            release.HasIndex(x => x.State);
            release.HasIndex(x => x.ChangedAt);
            release.HasIndex(x => x.PublishAt);
        });
        model.Entity<RolloutRow>(rollout =>
        {
            rollout.ToTable("Rollouts");
            rollout.HasKey(x => x.Id);
            rollout.Property(x => x.Id).ValueGeneratedNever();
            rollout.Property(x => x.Snapshot).HasJsonConversion();
            rollout.Property(x => x.Revision).IsConcurrencyToken();
            rollout.HasIndex(x => x.ReleaseId);
            rollout.HasIndex(x => new { x.Application, x.Number });
            rollout.HasIndex(x => new
            {
                x.State,
                x.Application,
                x.Number,
            });
            rollout.HasIndex(x => new
            {
                x.HostsReached,
                x.Application,
                x.Number,
            });
        });
        model.Entity<HoldRow>(hold =>
        {
            hold.ToTable("Holds");
            hold.HasKey(x => x.Application);
            hold.Property(x => x.Revision).IsConcurrencyToken();
            hold.Property(x => x.Hold).HasJsonConversion();
        });
        model.Entity<FreezeRow>(freezes =>
        {
            freezes.ToTable("Freezes");
            freezes.Property(x => x.Id).ValueGeneratedNever();
            freezes.Property(x => x.Revision).IsConcurrencyToken();
            freezes.Property(x => x.Freezes).HasJsonConversion();
        });
        model.Entity<DeliveryRow>(delivery =>
        {
            delivery.ToTable("Deliveries");
            delivery.HasKey(x => x.Id);
            delivery.HasIndex(x => x.ReceivedAt);
        });
        model.Entity<FleetRow>(fleet =>
        {
            fleet.ToTable("Fleet");
            fleet.HasKey(x => x.Id);
            fleet.Property(x => x.Id).ValueGeneratedNever();
            fleet.Property(x => x.Revision).IsConcurrencyToken();
            fleet.Property(x => x.Hosts).HasJsonConversion();
        });
        model.Entity<ObservationRow>(observation =>
        {
            observation.ToTable("Observations");
            observation.HasKey(x => x.Application);
            observation.Property(x => x.Revision).IsConcurrencyToken();
            observation.Property(x => x.Hosts).HasJsonConversion();
        });
        model.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("Audit");
            entry.HasKey(x => x.Id);
            entry.HasIndex(x => new { x.Application, x.Id });
            entry.HasIndex(x => x.ReleaseId);
            entry.HasIndex(x => x.DecidedAt);
        });
        model.Entity<AlarmRow>(alarm =>
        {
            alarm.ToTable("Alarms");
            alarm.HasKey(x => x.Id);
            alarm.Property(x => x.Id).ValueGeneratedNever();
            alarm.Property(x => x.Revision).IsConcurrencyToken();
            alarm.Property(x => x.Severity).HasConversion<string>();
            alarm.HasIndex(x => new { x.Source, x.IsFiring });
            alarm.HasIndex(x => x.ReportAt);
            alarm.HasIndex(x => x.ChangedAt);
        });
        model.Entity<AlarmDrill>(drill =>
        {
            drill.ToTable("AlarmDrills");
            drill.Ignore(x => x.HasPassed);
            drill.HasKey(x => x.Id);
            drill.HasIndex(x => x.SentAt);
        });
        model.Entity<NotificationRow>(notification =>
        {
            notification.ToTable("Notifications");
            notification.HasKey(x => new { x.Channel, x.ReleaseId });
            notification.Property(x => x.Version).IsConcurrencyToken();
            notification.HasIndex(x => new { x.Channel, x.WaitingSince });
            notification.HasIndex(x => x.ReleaseId);
        });
        model.Entity<ChannelRow>(channel =>
        {
            channel.ToTable("NotificationChannels");
            channel.HasKey(x => x.Name);
        });
        model.Entity<LookedAtRow>(repository =>
        {
            repository.ToTable("LookedAt");
            repository.HasKey(x => x.Id);
            repository.Property(x => x.Heads).HasJsonConversion();
            repository.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<RepositoryIdRow>(repository =>
        {
            repository.ToTable("RepositoryIds");
            repository.HasKey(x => new { x.Id, x.Scope });
            repository.HasIndex(x => new { x.Scope, x.Key }).IsUnique();
        });
        model.Entity<RegistrationRow>(repository =>
        {
            repository.ToTable("Registrations");
            repository.HasKey(x => x.GithubId);
            repository.Property(x => x.GithubId).ValueGeneratedNever();
            repository.Property(x => x.State).HasConversion<string>();
            repository.Property(x => x.Secrets).HasJsonConversion();
            repository.Property(x => x.Revision).IsConcurrencyToken();
            repository.HasIndex(x => x.Key).IsUnique();
        });
        model.Entity<PullRequestRow>(pull =>
        {
            pull.ToTable("PullRequests");
            pull.HasKey(x => x.Id);
            pull.Property(x => x.Version).IsConcurrencyToken();
            pull.HasIndex(x => new { x.Application, x.Number });
            pull.HasIndex(x => x.LookAt);
            pull.HasIndex(x => x.ChangedAt);
        });
        model.Entity<PullRequestBuildRow>(build =>
        {
            build.ToTable("PullRequestBuilds");
            build.Ignore(x => x.HasEnded);
            build.HasKey(x => x.Id);
            build.Property(x => x.Id).ValueGeneratedNever();
            build.Property(x => x.Failure).HasJsonConversion();
            build.Property(x => x.Version).IsConcurrencyToken();
            build.HasIndex(x => new { x.PullRequestId, x.Ordinal }).IsUnique();
            build.HasIndex(x => x.SendAt);
            build.HasIndex(x => x.ReportAt);
            build.HasIndex(x => x.State);
        });
        model.Entity<EnrolmentTokenRow>(token =>
        {
            token.ToTable("EnrolmentTokens");
            token.HasKey(x => x.Digest);
            token.Property(x => x.Hosts).HasJsonConversion();
            token.HasIndex(x => x.ExpiresAt);
        });
        model.Entity<EnrolmentRow>(enrolment =>
        {
            enrolment.ToTable("Enrolments");
            enrolment.HasKey(x => x.Number);
            enrolment.Property(x => x.HostKeys).HasJsonConversion();
            // A token is good for each of its hosts once, whoever asks at the same moment.
            enrolment.HasIndex(x => new { x.Token, x.Host }).IsUnique();
            enrolment.HasIndex(x => x.SendAt);
        });
        model.Entity<HostVersionRow>(version =>
        {
            version.ToTable("HostVersions");
            version.HasKey(x => new { x.Host, x.Application });
            version.Property(x => x.RolloutRevision).IsConcurrencyToken();
        });
    }

    private async Task NumberArrivalsAsync(CancellationToken cancellationToken)
    {
        var arriving = ChangeTracker
            .Entries<ReleaseRow>()
            .Where(entry => entry.State == EntityState.Added && entry.Entity.Arrival == 0)
            .Select(entry => entry.Entity)
            .OrderBy(release => release.ReceivedAt)
            .ToList();
        if (arriving.Count == 0)
        {
            return;
        }

        var last = await LastArrivalAsync(cancellationToken);
        arriving.ForEach(release => release.Arrival = ++last);
    }

    private HashSet<Guid> ChangedReleases()
    {
        var changed = ChangeTracker.Entries().Where(entry => entry.State is EntityState.Added or EntityState.Modified);
        return
        [
            .. changed
                .Select(entry =>
                    entry.Entity switch
                    {
                        ReleaseRow release => release.Id,
                        RolloutRow rollout => rollout.ReleaseId,
                        _ => (Guid?)null,
                    }
                )
                .OfType<Guid>(),
        ];
    }
}
