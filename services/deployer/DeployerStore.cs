using Canary.Deployer.Alarms;
using Canary.Deployer.Convergence;
using Canary.Deployer.Enrolment;
using Canary.Deployer.Gates;
using Canary.Deployer.Hooks;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Traffic;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer;

/// <summary>What the deployer remembers: rollouts, their hosts, and whose turn it is.</summary>
internal sealed class DeployerStore(DbContextOptions<DeployerStore> options) : ServiceDbContext(options)
{
    public DbSet<RolloutState> Rollouts => Set<RolloutState>();

    public DbSet<RolloutHost> Hosts => Set<RolloutHost>();

    public DbSet<HookRun> HookRuns => Set<HookRun>();

    public DbSet<FreezeBook> FreezeBooks => Set<FreezeBook>();

    public DbSet<EnrolledHost> EnrolledHosts => Set<EnrolledHost>();

    public DbSet<RolloutLane> Lanes => Set<RolloutLane>();

    public DbSet<HostRecord> HostRecords => Set<HostRecord>();

    public DbSet<Alarm> Alarms => Set<Alarm>();

    public DbSet<PassedTest> PassedTests => Set<PassedTest>();

    public DbSet<TrafficHold> TrafficHolds => Set<TrafficHold>();

    public DbSet<HeldServer> HeldServers => Set<HeldServer>();

    public DbSet<Observation> Observations => Set<Observation>();

    /// <summary>The hosts of a rollout as they are within this unit of work. What was changed in it is not in the database yet, so a
    /// condition that the database would check would miss it.</summary>
    public Task<List<RolloutHost>> HostsOfAsync(Guid rollout, CancellationToken cancellation) =>
        Hosts.Where(row => row.RolloutId == rollout).ToListAsync(cancellation);

    /// <summary>The next number of something that is counted; it counts once the store is saved.</summary>
    /// <param name="what">An application, <see cref="Observation.WholeFleet"/> or <see cref="Observation.Alarms"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<long> NextRevisionAsync(string what, CancellationToken cancellation)
    {
        var observation = await Observations.FindAsync([what], cancellation);
        if (observation is null)
        {
            observation = new Observation { Application = what };
            Observations.Add(observation);
        }

        return ++observation.Revision;
    }

    protected override void OnModel(ModelBuilder model)
    {
        var rollout = model.MapSaga<RolloutState>();
        rollout.ToTable("Rollouts");
        rollout.Property(x => x.Package).HasJsonConversion();
        rollout.Property(x => x.Plan).HasJsonConversion();
        rollout.Property(x => x.Stages).HasJsonConversion();
        rollout.Property(x => x.Failure).HasJsonConversion();
        rollout.Property(x => x.Warnings).HasJsonConversion();
        rollout.Property(x => x.Regret).HasJsonConversion();
        rollout.Property(x => x.Gates).HasJsonConversion();
        rollout.Ignore(x => x.HasTurn);
        rollout.Ignore(x => x.Verdict);
        rollout.Ignore(x => x.IsHeld);
        rollout.Ignore(x => x.Excluded);
        rollout.Ignore(x => x.MissingApprovals);
        rollout.Ignore(x => x.HasNews);
        rollout.Ignore(x => x.HasToldMore);
        rollout.Ignore(x => x.EndOfWaveSoak);
        rollout.Ignore(x => x.AlarmVerdict);
        rollout.Ignore(x => x.IsSilenceTrusted);
        rollout.HasIndex(x => new { x.Application, x.CurrentState });

        var host = model.Entity<RolloutHost>();
        host.ToTable("RolloutHosts");
        host.HasKey(x => new { x.RolloutId, x.Host });
        host.HasIndex(x => new
        {
            x.RolloutId,
            x.Step,
            x.State,
        });
        host.Ignore(x => x.Previous);
        host.Ignore(x => x.Target);
        host.Ignore(x => x.IsOutstanding);
        host.Ignore(x => x.IsOutOfService);
        host.Property(x => x.Channel).HasConversion<string>();
        host.Property(x => x.State).HasConversion<string>();
        host.Property(x => x.Failure).HasJsonConversion();
        // Whoever works for a step that the saga has left must not overwrite what the next step says.
        host.Property(x => x.Step).IsConcurrencyToken();
        // Nor may a slow check of one round undo the answer to the next.
        host.Property(x => x.CheckedRound).IsConcurrencyToken();

        var hook = model.Entity<HookRun>();
        hook.ToTable("HookRuns");
        hook.HasKey(x => x.RolloutId);
        hook.Property(x => x.RolloutId).ValueGeneratedNever();
        hook.Property(x => x.Standing).HasConversion<string>();
        hook.Property(x => x.Problem).HasJsonConversion();

        var freezes = model.Entity<FreezeBook>();
        freezes.ToTable("FreezeBooks");
        freezes.Property(x => x.Id).ValueGeneratedNever();
        freezes.Property(x => x.Freezes).HasJsonConversion();
        freezes.Property(x => x.Revision).IsConcurrencyToken();

        var record = model.Entity<HostRecord>();
        record.ToTable("HostRecords");
        record.HasKey(x => new { x.Application, x.Host });
        record.Property(x => x.Failure).HasJsonConversion();
        model.Entity<Observation>().ToTable("Observations").HasKey(x => x.Application);

        var alarm = model.Entity<Alarm>();
        alarm.ToTable("Alarms");
        alarm.HasKey(x => x.Id);
        alarm.Property(x => x.Id).ValueGeneratedNever();
        alarm.Property(x => x.Revision).IsConcurrencyToken();
        alarm.Property(x => x.Severity).HasConversion<string>();
        alarm.Ignore(x => x.Words);
        alarm.HasIndex(x => new { x.Application, x.Place });

        var test = model.Entity<PassedTest>();
        test.ToTable("PassedAlarmTests");
        test.HasKey(x => x.Id);
        test.HasIndex(x => new { x.Application, x.At });

        var hold = model.Entity<TrafficHold>();
        hold.ToTable("TrafficHolds");
        hold.HasKey(x => new { x.Application, x.Host });
        hold.Ignore(x => x.IsDrained);
        var held = model.Entity<HeldServer>();
        held.ToTable("HeldServers");
        held.HasKey(x => new
        {
            x.Instance,
            x.Backend,
            x.Server,
        });

        var enrolled = model.Entity<EnrolledHost>();
        enrolled.ToTable("EnrolledHosts");
        enrolled.HasKey(x => x.Host);
        enrolled.Property(x => x.HostKeys).HasJsonConversion();
        enrolled.Property(x => x.Number).IsConcurrencyToken();

        var lane = model.Entity<RolloutLane>();
        lane.ToTable("RolloutLanes");
        lane.HasKey(x => x.Application);
        lane.Property(x => x.Health).HasJsonConversion();
        lane.Property(x => x.FormerPackages).HasJsonConversion();
        lane.Ignore(x => x.Completed);
        lane.Property(x => x.Revision).IsConcurrencyToken();
    }
}
