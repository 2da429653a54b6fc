using Canary.Failures;
using Canary.Testing.Jenkins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.CiCoordinator.Tests.Builds.Jenkins;

public sealed class JenkinsCheckTests
{
    [Fact]
    public async Task It_names_the_version_the_user_and_the_jobs_that_can_be_seen()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "applications:0:name=shop");
        jenkins.Server.AddJob();

        var entry = await CheckAsync(jenkins);

        entry.Status.ShouldBe(HealthStatus.Healthy);
        entry.Description.ShouldBe($"Jenkins 2.440.3 answers canary at {jenkins.Server.Address}, and shows shop.");
    }

    [Fact]
    public async Task A_folder_above_unknown_jobs_is_looked_at()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "jenkins:job=team/{application}");

        var entry = await CheckAsync(jenkins);

        entry.Status.ShouldBe(HealthStatus.Unhealthy);
        entry.Description!.ShouldContain("no job team");
    }

    [Fact]
    public async Task A_jenkins_that_is_down_is_unhealthy_and_says_what_to_do()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        await jenkins.Server.GoDownAsync();

        var entry = await CheckAsync(jenkins);

        entry.Status.ShouldBe(HealthStatus.Unhealthy);
        entry.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("See that Jenkins runs");
    }

    [Fact]
    public async Task Wrong_credentials_are_unhealthy_and_not_shown()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "jenkins:user=somebody");

        var entry = await CheckAsync(jenkins);

        entry.Status.ShouldBe(HealthStatus.Unhealthy);
        entry.Description!.ShouldContain("does not know the user somebody");
        entry.Description!.ShouldNotContain(JenkinsServer.Token);
    }

    private static async Task<HealthReportEntry> CheckAsync(JenkinsFixture jenkins)
    {
        var report = await jenkins
            .Host.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Name == "jenkins", TestContext.Current.CancellationToken);
        return report.Entries["jenkins"];
    }
}
