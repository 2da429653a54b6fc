namespace Canary.Chaos.Tests.Faults;

/// <summary>A process of a service dies at once, and is started again.</summary>
internal sealed record KilledProcess(TimeSpan At, TimeSpan For, string Process) : Fault(At, For)
{
    public override string Target => Process;

    public override string What => $"{Process} is killed";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).KillAsync();

    public override Task MendAsync(DistributedInstallation installation)
    {
        installation.ProcessOf(Process).Start();
        return Task.CompletedTask;
    }
}

/// <summary>A process is told to end, and is started again.</summary>
internal sealed record StoppedProcess(TimeSpan At, TimeSpan For, string Process) : Fault(At, For)
{
    public override string Target => Process;

    public override string What => $"{Process} is stopped in good order";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).StopAsync();

    public override Task MendAsync(DistributedInstallation installation)
    {
        installation.ProcessOf(Process).Start();
        return Task.CompletedTask;
    }
}

/// <summary>The time of a process stands still, and then goes on as if nothing had been.</summary>
internal sealed record FrozenProcess(TimeSpan At, TimeSpan For, string Process) : Fault(At, For)
{
    public override string Target => Process;

    public override string What => $"{Process} is frozen";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync();

    public override Task MendAsync(DistributedInstallation installation) =>
        installation.ProcessOf(Process).FreezeAsync(frozen: false);
}
