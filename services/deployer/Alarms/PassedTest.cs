namespace Canary.Deployer.Alarms;

/// <summary>A test alarm that has come all the way: what is silent afterwards may be believed for a while.</summary>
internal sealed class PassedTest
{
    public required string Id { get; init; }

    public required string Application { get; init; }

    public required string Source { get; init; }

    /// <summary>When it was recorded, by the store's clock.</summary>
    public required DateTimeOffset At { get; init; }
}
