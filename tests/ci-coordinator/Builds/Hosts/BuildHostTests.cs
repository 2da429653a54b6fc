using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>A coordinator with one build host.</summary>
public abstract class BuildHostTests : IAsyncLifetime
{
    private protected BuildFixture Fixture { get; private set; } = null!;

    private protected BuildMachine Machine => Fixture.Machines[0];

    protected virtual bool Sandboxed => true;

    protected GitRepository Repository => Fixture.Repository;

    public async ValueTask InitializeAsync()
    {
        Fixture = await BuildFixture.StartAsync();
        Fixture.Sandboxed = Sandboxed;
        await Fixture.AddMachineAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static Failure FailureOf(object outcome) => outcome.ShouldBeOfType<BuildFailed>().Failure;
}
