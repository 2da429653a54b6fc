namespace Canary.Chaos.Tests.Faults;

/// <summary>Something that breaks at some time of a run, and is mended after a while.</summary>
/// <param name="At">Time since the start.</param>
/// <param name="For">How long it stays broken.</param>
internal abstract record Fault(TimeSpan At, TimeSpan For)
{
    /// <summary>What breaks. A target has one fault at a time.</summary>
    public abstract IReadOnlyList<string> Targets { get; }

    /// <summary>What happens, in a few words for the log of the run.</summary>
    public abstract string What { get; }

    public abstract Task StrikeAsync(DistributedInstallation installation);

    public virtual Task MendAsync(DistributedInstallation installation) => Task.CompletedTask;

    public sealed override string ToString() =>
        For == TimeSpan.Zero ? What : FormattableString.Invariant($"{What} for {For.TotalSeconds:0.0} s");
}
