namespace Canary.Chaos.Tests.Faults;

/// <summary>Something that happens to one process of a service.</summary>
internal abstract record ProcessFault(TimeSpan At, TimeSpan For, string Process) : Fault(At, For)
{
    public override IReadOnlyList<string> Targets => [Process];
}

/// <summary>A process ends, and is started again.</summary>
internal abstract record EndedProcess(TimeSpan At, TimeSpan For, string Process) : ProcessFault(At, For, Process)
{
    public override Task MendAsync(DistributedInstallation installation)
    {
        installation.ProcessOf(Process).Start();
        return Task.CompletedTask;
    }
}

/// <summary>A process dies at once.</summary>
internal sealed record KilledProcess(TimeSpan At, TimeSpan For, string Process) : EndedProcess(At, For, Process)
{
    public override string What => $"{Process} is killed";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).KillAsync();
}

/// <summary>A process is told to end.</summary>
internal sealed record StoppedProcess(TimeSpan At, TimeSpan For, string Process) : EndedProcess(At, For, Process)
{
    public override string What => $"{Process} is stopped in good order";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).StopAsync();
}

/// <summary>Somebody sets the clock of the machine that a process runs on; others keep theirs. It may die and start in this time.
/// </summary>
internal sealed record MovedClock(TimeSpan At, TimeSpan For, string Process, TimeSpan Ahead)
    : ProcessFault(At, For, Process)
{
    public override IReadOnlyList<string> Targets => [$"clock of {Process}"];

    public override string What =>
        FormattableString.Invariant($"the clock of {Process} is {Ahead.TotalHours:+0;-0} h off");

    public override Task StrikeAsync(DistributedInstallation installation) => SetAsync(installation, Ahead);

    public override Task MendAsync(DistributedInstallation installation) => SetAsync(installation, TimeSpan.Zero);

    private Task SetAsync(DistributedInstallation installation, TimeSpan ahead)
    {
        installation.ProcessOf(Process).Clock!.Set(ahead);
        return Task.CompletedTask;
    }
}

/// <summary>The time of a process stands still, and then goes on as if nothing had been.</summary>
internal sealed record FrozenProcess(TimeSpan At, TimeSpan For, string Process) : ProcessFault(At, For, Process)
{
    public override string What => $"{Process} is frozen";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync();

    public override Task MendAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync(frozen: false);
}
