using System.ComponentModel.DataAnnotations;
using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class RolloutPlanTests
{
    [Fact]
    public void Configuration_wins_over_the_commit_and_defaults_fill_the_rest()
    {
        var options = new DeployerOptions
        {
            Applications =
            [
                new ApplicationOptions
                {
                    Name = "shop",
                    Soak = TimeSpan.FromMinutes(1),
                    Health = new HealthOptions { Http = "http://${address}:${port}/" },
                },
            ],
        };
        var commit = new DeploymentPlan
        {
            Soak = TimeSpan.Zero,
            Role = "frontend",
            Promotion = PromotionPolicy.Automatic,
            Health = new HealthCheck { Command = ["check"] },
        };

        var plan = RolloutPlan.Resolve("shop", commit, options);

        plan.Soak.ShouldBe(TimeSpan.FromMinutes(1));
        plan.Role.ShouldBe("frontend");
        plan.Promotion.ShouldBe(PromotionPolicy.Automatic);
        plan.Health!.Http.ShouldBe("http://${address}:${port}/");
        plan.Waves.ShouldBe(["25%", "50%", "100%"]);
        plan.FailureBudget.ShouldBe("0");
        plan.ProblemFor("shop").ShouldBeNull();
    }

    [Fact]
    public void Without_a_word_from_anybody_a_person_promotes_after_a_soak_longer_than_an_alarm_takes()
    {
        var plan = RolloutPlan.Resolve("shop", new DeploymentPlan(), new DeployerOptions());

        plan.Promotion.ShouldBe(PromotionPolicy.Manual);
        plan.Soak.ShouldBeGreaterThan(TimeSpan.FromMinutes(5));
        plan.Role.ShouldBe("app");
    }

    [Fact]
    public void A_health_check_is_a_command_or_an_address_and_not_both()
    {
        var both = new DeploymentPlan
        {
            Health = new HealthCheck { Command = ["check"], Http = "http://localhost" },
        };
        var none = new DeploymentPlan { Health = new HealthCheck() };

        RolloutPlan
            .Resolve("shop", both, new DeployerOptions())
            .ProblemFor("shop")!
            .Message.ShouldContain("health check");
        RolloutPlan.Resolve("shop", none, new DeployerOptions()).ProblemFor("shop").ShouldNotBeNull();
    }

    [Fact]
    public void All_faults_of_the_options_are_found_at_once_with_their_keys()
    {
        var options = new DeployerOptions
        {
            Soak = TimeSpan.FromSeconds(-1),
            FailureBudget = "many",
            HostConcurrency = 0,
            ReplyDeadline = TimeSpan.Zero,
            Applications =
            [
                new ApplicationOptions { Name = "shop", Waves = ["x"] },
                new ApplicationOptions { Name = "shop" },
            ],
        };
        var faults = new List<ValidationResult>(options.Validate(new ValidationContext(options)));

        faults
            .SelectMany(fault => fault.MemberNames)
            .ShouldBe(
                [
                    nameof(DeployerOptions.Soak),
                    nameof(DeployerOptions.ReplyDeadline),
                    nameof(DeployerOptions.FailureBudget),
                    "Applications[0].Waves",
                    nameof(DeployerOptions.Applications),
                ],
                ignoreOrder: true
            );
    }
}
