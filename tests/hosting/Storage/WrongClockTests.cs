using Canary.Durability.Storage;
using Canary.Hosting.Tests.Jobs;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Storage;

/// <summary>A host whose machine has a wrong clock neither hurries nor delays what is due.</summary>
public abstract class WrongClockTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(30);

    private readonly Heard _heard = new();
    private readonly Carrier _carrier = new();

    private protected SetClock Clock { get; } = new();

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_message_comes_when_it_is_due_and_no_sooner(int hoursAhead)
    {
        await using var host = await StartAsync(TimeSpan.FromHours(hoursAhead), Configure);
        var (now, later) = (new ParcelWeighed(Guid.NewGuid()), new ParcelWeighed(Guid.NewGuid()));

        await AddAsync(host, MessageAt(later, Pause), MessageAt(now, TimeSpan.Zero));

        await Eventually.PassesAsync(() => _heard.Messages.ShouldBe([now]));
        await Eventually.PassesAsync(async () => (await RowsAsync<OutboxMessage>(host)).ShouldHaveSingleItem());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_job_is_taken_from_a_worker_whose_lease_has_lapsed_and_from_no_other(int hoursAhead)
    {
        await using var host = await StartAsync(TimeSpan.FromHours(hoursAhead), Configure);
        var (lost, atWork) = (Leased(until: -Pause), Leased(until: Pause));

        await AddAsync(host, atWork, lost);

        await Eventually.PassesAsync(() => _carrier.Outcomes.ShouldBe([new ParcelCarried(lost.Id, 1)]));
        (await RowsAsync<Job>(host)).Single(job => job.Id == atWork.Id).LeaseOwner.ShouldBe(atWork.LeaseOwner);
    }

    private protected abstract Task<TestHost> StartAsync(TimeSpan ahead, Action<Module<ParcelStore>> configure);

    private protected abstract void UseClock(IServiceCollection services);

    private void Configure(Module<ParcelStore> module)
    {
        UseClock(module.Services);
        module.Services.AddSingleton(_heard).AddSingleton(_carrier);
        module.AddConsumer<ListenerConsumer>();
        module.AddJob<CarryParcelHandler, CarryParcel>(command => command.JobId);
        module.AddConsumer<CarrierListenerConsumer>();
    }

    private Task AddAsync(TestHost host, params object[] rows) =>
        host.WithStoreAsync(
            async (store, _) =>
            {
                foreach (var row in rows)
                {
                    store.Add(row);
                    await store.SaveChangesAsync();
                }
            }
        );

    private Task<List<TRow>> RowsAsync<TRow>(TestHost host)
        where TRow : class => host.WithStoreAsync((store, _) => store.Set<TRow>().AsNoTracking().ToListAsync());

    private static OutboxMessage MessageAt(ParcelWeighed message, TimeSpan due) =>
        OutboxMessage.For(message, queue: null, TimeProvider.System.GetUtcNow() + due);

    private static Job Leased(TimeSpan until)
    {
        var command = new CarryParcel(Guid.NewGuid(), "well");
        return new Job
        {
            Id = command.JobId,
            Kind = MessageTypes.NameOf(typeof(CarryParcel)),
            Command = OutboxMessage.Serialize(command),
            State = JobState.Running,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            LeaseOwner = "another",
            LeaseUntil = TimeProvider.System.GetUtcNow() + until,
        };
    }
}

/// <summary>Somebody sets the clock of the machine while the host runs.</summary>
public sealed class EmbeddedWrongClockTests : WrongClockTests
{
    private protected override async Task<TestHost> StartAsync(TimeSpan ahead, Action<Module<ParcelStore>> configure)
    {
        var host = await TestHost.StartAsync(configure);
        Clock.Ahead = ahead;
        return host;
    }

    private protected override void UseClock(IServiceCollection services) => services.AddSingleton<TimeProvider>(Clock);
}

/// <summary>Nobody else's clock is wrong: neither the database server's, nor that of the replica that has written the rows.</summary>
public sealed class SharedWrongClockTests(Servers servers) : WrongClockTests
{
    private protected override Task<TestHost> StartAsync(TimeSpan ahead, Action<Module<ParcelStore>> configure)
    {
        Clock.Ahead = ahead;
        return TestHost.StartAsync(servers, configure);
    }

    private protected override void UseClock(IServiceCollection services) =>
        services.AddSingleton(new DatabaseClock(Clock));
}
