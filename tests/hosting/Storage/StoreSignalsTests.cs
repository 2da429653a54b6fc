using Canary.Durability.Storage;
using Canary.Hosting.Tests.Jobs;

namespace Canary.Hosting.Tests.Storage;

public sealed class StoreSignalsTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly StoreSignals<ParcelStore> _signals = new(TimeProvider.System);

    public void Dispose() => _signals.Dispose();

    [Fact]
    public async Task A_job_wakes_the_workers_of_all_lanes_since_nobody_knows_yet_whose_it_is()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Task<bool>[] asleep =
        [
            _signals.JobsIn("pull-requests").WaitAsync(Long, cancellation),
            _signals.JobsIn("jobs").WaitAsync(Long, cancellation),
        ];

        _signals.Wake(Work.Jobs);

        (await Task.WhenAll(asleep)).ShouldBe([true, true]);
    }
}
