using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Durability.Jobs;
using Canary.Durability.Storage;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests.Jobs;

[Queue("carry-parcel")]
public sealed record CarryParcel(Guid JobId, string How);

[Queue("drop-parcel")]
public sealed record DropParcel(Guid JobId);

public sealed record ParcelCarried(Guid JobId, int Try);

public sealed record ParcelLost(Guid JobId, string Why);

/// <summary>What the carrier did, and what holds it back.</summary>
public sealed class Carrier
{
    public ConcurrentQueue<string> Log { get; } = [];

    public ConcurrentQueue<object> Outcomes { get; } = [];

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often what a cancelled job had begun cannot be ended.</summary>
    public int VainEnds { get; set; }

    private int _tries;

    public int Tries => _tries;

    public int Begin() => Interlocked.Increment(ref _tries);
}

public sealed class CarryParcelHandler(Carrier carrier) : IJobHandler<CarryParcel>
{
    public async Task<object> RunAsync(CarryParcel command, CancellationToken cancellation)
    {
        var number = carrier.Begin();
        carrier.Log.Enqueue("started");
        if (command.How == "when the gate opens")
        {
            await carrier.Gate.Task.WaitAsync(cancellation);
        }

        if (command.How == "slowly" && number == 1)
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }
            catch (OperationCanceledException)
            {
                carrier.Log.Enqueue("stopped");
                throw;
            }
        }

        return command.How == "badly"
            ? throw new InvalidOperationException("stumbled")
            : new ParcelCarried(command.JobId, number);
    }

    public object Faulted(CarryParcel command, Exception exception) => new ParcelLost(command.JobId, exception.Message);

    public Task CancelledAsync(CarryParcel command, CancellationToken cancellation)
    {
        carrier.Log.Enqueue("ended");
        return carrier.Log.Count(line => line == "ended") <= carrier.VainEnds
            ? throw new InvalidOperationException("It does not end.")
            : Task.CompletedTask;
    }
}

public sealed class CarrierListenerConsumer(Carrier carrier) : IConsumer<ParcelCarried>, IConsumer<ParcelLost>
{
    public Task Consume(ConsumeContext<ParcelCarried> context) => Add(context.Message);

    public Task Consume(ConsumeContext<ParcelLost> context) => Add(context.Message);

    private Task Add(object message)
    {
        carrier.Outcomes.Enqueue(message);
        return Task.CompletedTask;
    }
}

public abstract class JobTests(IBackend backend) : IAsyncLifetime
{
    private readonly Carrier _carrier = new();
    private readonly Guid _id = Guid.NewGuid();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await StartAsync("--parcels:jobs:lease=00:00:01", "--parcels:jobs:retrydelay=00:00:00");

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_repeated_command_does_the_work_once_and_reports_it_again()
    {
        await _host.SendAsync(new CarryParcel(_id, "well"));
        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);

        await _host.SendAsync(new CarryParcel(_id, "well"));

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 2);
        _carrier.Outcomes.ShouldAllBe(outcome => outcome.Equals(new ParcelCarried(_id, 1)));
        _carrier.Tries.ShouldBe(1);
    }

    [Fact]
    public async Task A_cancelled_job_stops_and_reports_nothing()
    {
        await _host.SendAsync(new CarryParcel(_id, "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));

        await _host.SendAsync(new DropParcel(_id));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("stopped"));
        await _host.SendAsync(new CarryParcel(_id, "slowly"));
        await _host.SendAsync(new CarryParcel(Guid.NewGuid(), "well"));

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Outcomes.Single().ShouldBeOfType<ParcelCarried>().JobId.ShouldNotBe(_id);
    }

    [Fact]
    public async Task A_job_that_is_cancelled_before_it_arrives_never_runs()
    {
        await _host.SendAsync(new DropParcel(_id));
        await Eventually.TrueAsync(async () =>
            await _host.WithStoreAsync((store, _) => store.Set<Job>().FindAsync(_id).AsTask()) is not null
        );

        await _host.SendAsync(new CarryParcel(_id, "well"));
        await _host.SendAsync(new CarryParcel(Guid.NewGuid(), "well"));

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Tries.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(9, 3)]
    public async Task What_a_cancelled_job_has_begun_is_ended_and_tried_again_a_few_times(int inVain, int ends)
    {
        _carrier.VainEnds = inVain;
        await _host.SendAsync(new CarryParcel(_id, "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));

        await _host.SendAsync(new DropParcel(_id));

        await Eventually.TrueAsync(async () => (await JobAsync()).LeaseOwner is null);
        _carrier.Log.ShouldBe(["started", "stopped", .. Enumerable.Repeat("ended", ends)]);
    }

    [Fact]
    public async Task What_a_cancelled_job_has_begun_is_ended_also_when_its_process_has_died()
    {
        await AddAsync(JobState.Cancelled, attempts: 0, "another process");

        await Eventually.TrueAsync(async () => (await JobAsync()).LeaseOwner is null);

        _carrier.Log.ShouldBe(["ended"]);
    }

    [Fact]
    public async Task A_host_that_stops_hands_its_job_back_and_the_next_one_does_it()
    {
        await _host.SendAsync(new CarryParcel(_id, "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));

        await _host.RestartAsync();

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Outcomes.Single().ShouldBe(new ParcelCarried(_id, 2));
        _carrier.Log.ShouldNotContain("ended");
    }

    [Fact]
    public async Task Handing_a_job_back_is_no_attempt()
    {
        await _host.SendAsync(new CarryParcel(_id, "when the gate opens"));
        for (var stops = 1; stops <= 4; stops++)
        {
            await Eventually.TrueAsync(() => _carrier.Tries == stops);
            await _host.RestartAsync();
        }

        _carrier.Gate.SetResult();

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Outcomes.Single().ShouldBe(new ParcelCarried(_id, 5));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public async Task A_job_that_loses_its_process_three_times_is_given_up(int lostBefore, int tries)
    {
        await AddAsync(JobState.Running, lostBefore, "another process");

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Tries.ShouldBe(tries);
        if (tries == 0)
        {
            _carrier.Outcomes.Single().ShouldBeOfType<ParcelLost>().Why.ShouldContain("3 times");
        }
    }

    [Fact]
    public async Task A_job_keeps_its_lease_for_as_long_as_its_worker_lives()
    {
        await _host.SendAsync(new CarryParcel(_id, "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));
        var first = await LeaseAsync();

        await Eventually.TrueAsync(async () => await LeaseAsync() > first + TimeSpan.FromSeconds(1));

        _carrier.Tries.ShouldBe(1);
    }

    [Fact]
    public async Task An_unexpected_error_is_tried_again_and_then_reported()
    {
        await _host.SendAsync(new CarryParcel(_id, "badly"));

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Outcomes.Single().ShouldBe(new ParcelLost(_id, "stumbled"));
        _carrier.Tries.ShouldBe(3);
    }

    [Fact]
    public async Task A_job_that_is_put_off_does_not_wait_for_the_next_look_at_leases()
    {
        await using var host = await StartAsync(
            "--parcels:jobs:lease=01:00:00",
            "--parcels:jobs:retrydelay=00:00:00.05"
        );

        await host.SendAsync(new CarryParcel(_id, "badly"));

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Tries.ShouldBe(3);
    }

    [Fact]
    public async Task The_next_job_begins_as_soon_as_one_has_ended()
    {
        await using var host = await StartAsync("--parcels:jobs:lease=01:00:00", "--parcels:jobs:concurrency=1");

        await host.SendAsync(new CarryParcel(_id, "when the gate opens"));
        await host.SendAsync([.. Enumerable.Range(0, 200).Select(_ => new CarryParcel(Guid.NewGuid(), "well"))]);
        await Eventually.TrueAsync(async () =>
            await host.WithStoreAsync((store, _) => store.Set<Job>().CountAsync()) == 201
        );

        // From here on nothing but the end of a job tells the worker to go on.
        _carrier.Gate.SetResult();

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 201);
    }

    [Fact]
    public async Task A_process_that_stood_still_beyond_its_lease_does_not_begin_its_own_job_again()
    {
        await using var host = await StartAsync("--parcels:jobs:lease=01:00:00", "--parcels:jobs:concurrency=4");
        await host.SendAsync(new CarryParcel(_id, "when the gate opens"));
        await Eventually.TrueAsync(() => _carrier.Tries == 1);

        await host.WithStoreAsync(
            (store, _) =>
                store
                    .Set<Job>()
                    .ExecuteUpdateAsync(set => set.SetProperty(job => job.LeaseUntil, DateTimeOffset.UnixEpoch))
        );
        await host.SendAsync(new CarryParcel(Guid.NewGuid(), "well"));
        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        var retaken = await host.WithStoreAsync((store, _) => store.Set<Job>().FindAsync(_id).AsTask());
        _carrier.Gate.SetResult();

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 2);
        retaken!.LeaseUntil!.Value.ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        retaken.Attempts.ShouldBe(0);
        _carrier.Tries.ShouldBe(2);
    }

    [Fact]
    public async Task Jobs_that_ended_long_ago_are_forgotten_and_those_at_work_are_not()
    {
        var atWork = Guid.NewGuid();
        await _host.SendAsync(new CarryParcel(_id, "well"));
        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        await _host.SendAsync(new CarryParcel(atWork, "when the gate opens"));
        await Eventually.TrueAsync(() => _carrier.Tries == 2);

        (await ForgetAsync(TimeSpan.FromDays(29))).ShouldBe(0);
        (await ForgetAsync(TimeSpan.FromDays(31))).ShouldBe(1);

        (await _host.WithStoreAsync((store, _) => store.Set<Job>().Select(job => job.Id).ToListAsync())).ShouldBe([
            atWork,
        ]);
        _carrier.Gate.SetResult();
        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 2);

        Task<int> ForgetAsync(TimeSpan later) =>
            ActivatorUtilities
                .CreateInstance<JobCleanup<ParcelStore>>(
                    _host.Services,
                    new FakeTimeProvider(TimeProvider.System.GetUtcNow() + later)
                )
                .ForgetAsync(TestContext.Current.CancellationToken);
    }

    private Task<TestHost> StartAsync(params string[] settings) =>
        TestHost.StartAsync(
            backend,
            module =>
            {
                module.Services.AddSingleton(_carrier);
                module.AddJob<CarryParcelHandler, CarryParcel>(command => command.JobId);
                module.AddJobCancellation<CarryParcel, DropParcel>(command => command.JobId);
                module.AddConsumer<CarrierListenerConsumer>();
            },
            settings
        );

    private async Task<DateTimeOffset> LeaseAsync() => (await JobAsync()).LeaseUntil!.Value;

    private async Task<Job> JobAsync() =>
        (await _host.WithStoreAsync((store, _) => store.Set<Job>().FindAsync(_id).AsTask()))!;

    /// <summary>A job as a process leaves it that dies.</summary>
    private Task<int> AddAsync(JobState state, int attempts, string owner) =>
        _host.WithStoreAsync(
            (store, _) =>
            {
                store.Add(
                    new Job
                    {
                        Id = _id,
                        Kind = MessageTypes.NameOf(typeof(CarryParcel)),
                        Command = OutboxMessage.Serialize(new CarryParcel(_id, "well")),
                        State = state,
                        CreatedAt = DateTimeOffset.UnixEpoch,
                        Attempts = attempts,
                        LeaseOwner = owner,
                        LeaseUntil = DateTimeOffset.UnixEpoch,
                    }
                );
                return store.SaveChangesAsync();
            }
        );
}

public sealed class EmbeddedJobTests() : JobTests(new Embedded());

public sealed class SharedJobTests(Servers servers) : JobTests(servers);
