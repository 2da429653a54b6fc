using Canary.Contracts.Deploying;

namespace Canary.Simulation.Tests.World;

/// <summary>An application, and how its commits want to be deployed.</summary>
internal sealed record Application(string Name, DeploymentPlan Plan)
{
    private static readonly HealthCheck Health = new() { Command = ["check"] };

    /// <summary>One that goes on by itself, one that waits for a person, and one that pauses when a wave fails.</summary>
    public static IReadOnlyList<Application> All { get; } =
    [
        new(
            "shop",
            new DeploymentPlan
            {
                Health = Health,
                Promotion = PromotionPolicy.Automatic,
                FailureBudget = "50%",
            }
        ),
        new("bills", new DeploymentPlan { Health = Health, FailureBudget = "1" }),
        new(
            "mail",
            new DeploymentPlan
            {
                Health = Health,
                Promotion = PromotionPolicy.Automatic,
                Waves = ["1", "100%"],
                OnWaveFailure = WaveFailurePolicy.Pause,
            }
        ),
    ];

    public static Application Named(string name) => All.Single(application => application.Name == name);
}
