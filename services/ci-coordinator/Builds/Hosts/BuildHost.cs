using Canary.Machines.Ssh;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>A machine that builds run on.</summary>
/// <param name="Target">How to reach it.</param>
/// <param name="Builds">Most builds at once that this process runs there.</param>
internal sealed record BuildHost(SshTarget Target, int Builds)
{
    public const int MostBuilds = 1000;

    public string Name => Target.Name;
}
