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

/// <summary>The time of a process stands still, and then goes on as if nothing had been.</summary>
internal sealed record FrozenProcess(TimeSpan At, TimeSpan For, string Process) : ProcessFault(At, For, Process)
{
    public override string What => $"{Process} is frozen";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync();

    public override Task MendAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync(frozen: false);
}
