namespace Canary.Contracts.Building;

/// <summary>Event: Jenkins says that something happened to one of its builds. A reason to ask Jenkins at once, and nothing more: what it
/// says may be late, wrong or forged.</summary>
public sealed record JenkinsNotified : IEvent
{
    /// <summary>The job as Jenkins names it in addresses, for example <c>job/shop/</c>; at most 300 characters.</summary>
    public required string Job { get; init; }

    /// <summary>Number of the build.</summary>
    public required int Number { get; init; }

    /// <summary><c>QUEUED</c>, <c>STARTED</c>, <c>COMPLETED</c> or <c>FINALIZED</c>; at most 20 characters.</summary>
    public string? Phase { get; init; }
}
