using MassTransit;

namespace Canary.CiCoordinator.Releases;

/// <summary>The lanes of all applications.</summary>
internal sealed class Lanes(ReleaseStore store)
{
    /// <summary>The application's lane, made if there is none yet.</summary>
    public async Task<Lane> OfAsync(string application, CancellationToken cancellation)
    {
        var lane = await store.Lanes.FindAsync([application], cancellation);
        if (lane is null)
        {
            lane = new Lane { Application = application };
            store.Lanes.Add(lane);
        }
        return lane;
    }

    /// <summary>Notes in the release which newer one has taken its place: the command that says so may have been lost.</summary>
    public async Task JudgePlaceAsync(BehaviorContext<ReleaseState> context)
    {
        var release = context.Saga;
        var lane = await store.Lanes.FindAsync([release.Push.Application], context.CancellationToken);
        if (release.Number > 0 && lane?.LastNumber > release.Number)
        {
            release.Successor = lane.NewestReleaseId;
        }
    }
}
