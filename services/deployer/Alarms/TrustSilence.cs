using Canary.Deployer.Rollouts;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Alarms;

/// <summary>Notes in the rollout whether the silence of its application's alarms may be believed: where the plan asks for it, only
/// if a test alarm has come all the way not long ago.</summary>
internal sealed class TrustSilence(DeployerStore store, StoreClock clock) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context) =>
        context.Saga.IsSilenceTrusted = await IsTrustedAsync(
            context.Saga.Application,
            context.Saga.Plan.ProvenSilence,
            context.CancellationToken
        );

    /// <param name="application">The application.</param>
    /// <param name="longest">How old the last test may be; 0: none is asked for.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<bool> IsTrustedAsync(string application, TimeSpan longest, CancellationToken cancellation)
    {
        var since = clock.Now - longest;
        return longest == TimeSpan.Zero
            || await store.PassedTests.AnyAsync(
                test => test.Application == application && test.At > since,
                cancellation
            );
    }
}
