using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.Jenkins;

namespace Canary.CiCoordinator.Tests.Builds.Jenkins;

/// <summary>Whatever goes wrong between Jenkins and us: one build in Jenkins, its outcome in the release, and all of its log.</summary>
public sealed class JenkinsFaultTests
{
    private const string Log = "Started\nTests pass\nFinished\n";

    /// <summary>Each that can happen to a request, with the requests that it may happen to. Those that lead on to another address are no
    /// failures that pass.</summary>
    public static TheoryData<string, JenkinsFaultKind, int> Faults
    {
        get
        {
            var faults = new TheoryData<string, JenkinsFaultKind, int>();
            foreach (
                var request in (string[])
                    ["buildWithParameters", "queue/api", "queue/item", "job/shop/1/api", "progressiveText"]
            )
            {
                faults.Add(request, JenkinsFaultKind.TooManyRequests, 5);
                faults.Add(request, JenkinsFaultKind.ServerError, 5);
                faults.Add(request, JenkinsFaultKind.Starting, 5);
                faults.Add(request, JenkinsFaultKind.Hang, 1);
            }

            foreach (var request in (string[])["queue/api", "queue/item", "job/shop/1/api"])
            {
                faults.Add(request, JenkinsFaultKind.Truncated, 5);
                faults.Add(request, JenkinsFaultKind.BrokenOff, 5);
            }

            faults.Add("progressiveText", JenkinsFaultKind.BrokenOff, 2);
            faults.Add("buildWithParameters", JenkinsFaultKind.DoneAfterHang, 1);
            faults.Add("buildWithParameters", JenkinsFaultKind.DoneAndAnswerLost, 1);
            faults.Add("buildWithParameters", JenkinsFaultKind.DoneAndServerError, 1);
            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_request_that_goes_wrong_changes_nothing(string request, JenkinsFaultKind fault, int times)
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        jenkins.Server.Break(request, fault, times);

        var push = await jenkins.PushAsync();

        await IsBuiltOnceAsync(jenkins, job, push);
        jenkins.Server.FaultsToCome.ShouldBe(0);
    }

    [Theory]
    [InlineData("buildWithParameters")]
    [InlineData("queue/item")]
    [InlineData("job/shop/1/api")]
    [InlineData("progressiveText")]
    public async Task A_restart_of_jenkins_in_the_middle_changes_nothing(string request)
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        // Nothing passes this point while it is broken.
        jenkins.Server.Break(request, JenkinsFaultKind.ServerError, int.MaxValue);
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() =>
            jenkins.Server.Requests.Any(it => it.Address.Contains(request, StringComparison.Ordinal))
        );

        await jenkins.Server.GoDownAsync();
        await Eventually.TrueAsync(() => jenkins.LogOf(push).Contains("does not answer", StringComparison.Ordinal));
        jenkins.Server.Mend();
        job.Ends = true;
        await jenkins.Server.GoUpAsync();

        await IsBuiltOnceAsync(jenkins, job, push);
    }

    [Fact]
    public async Task A_queue_item_that_is_forgotten_is_found_as_a_build()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        jenkins.Server.ForgetsItems = true;

        var push = await jenkins.PushAsync();

        await IsBuiltOnceAsync(jenkins, job, push);
    }

    [Fact]
    public async Task A_log_that_lags_behind_its_build_is_complete()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.LogLag = 4;

        var push = await jenkins.PushAsync();

        await IsBuiltOnceAsync(jenkins, job, push);
    }

    [Fact]
    public async Task Notifications_too_many_too_early_and_of_other_builds_change_nothing()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        await jenkins.NotifyAsync();

        var push = await jenkins.PushAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => jenkins.NotifyAsync()));

        await IsBuiltOnceAsync(jenkins, job, push);
    }

    [Fact]
    public async Task A_notification_has_jenkins_asked_at_once()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "jenkins:pollinterval=00:05:00");
        var job = jenkins.Server.AddJob();
        var push = await jenkins.PushAsync();

        // Only they can bring it on: a look of its own would come after the test has been given up.
        using var end = new CancellationTokenSource();
        var notifications = NotifyAgainAndAgainAsync(jenkins, end.Token);
        await IsBuiltOnceAsync(jenkins, job, push);
        await end.CancelAsync();
        await notifications;
    }

    [Fact]
    public async Task After_the_death_of_its_process_a_build_is_found_and_followed_to_its_end()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() => jenkins.LogOf(push).Contains("Finished", StringComparison.Ordinal));

        await jenkins.DieAsync();
        job.Builds.Single().Result.ShouldBeNull("Jenkins does not know of the death.");
        job.Ends = true;
        await jenkins.Host.StartAsync();

        await IsBuiltOnceAsync(jenkins, job, push, attempts: 2);
    }

    [Fact]
    public async Task A_service_that_stops_stops_no_build_in_jenkins()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        jenkins.Server.HasExecutors = false;
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() => jenkins.Server.Started == 1);

        await jenkins.Host.StopAsync();
        jenkins.Server.HasExecutors = true;
        await jenkins.Host.StartAsync();

        await IsBuiltOnceAsync(jenkins, job, push);
    }

    private static async Task NotifyAgainAndAgainAsync(JenkinsFixture jenkins, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var asked = jenkins.Server.Requests.Count;
            await jenkins.NotifyAsync();
            await Eventually.TrueAsync(() => jenkins.Server.Requests.Count > asked || end.IsCancellationRequested);
        }
    }

    private static async Task IsBuiltOnceAsync(
        JenkinsFixture jenkins,
        JenkinsStandInJob job,
        PushReceived push,
        int attempts = 1
    )
    {
        var release = await jenkins.EndOfAsync(push);

        release.CurrentState.ShouldBe(ReleaseStates.Completed, $"{release.Failure?.Message}\n{jenkins.LogOf(push)}");
        jenkins.Server.Started.ShouldBe(1);
        var build = job.Builds.ShouldHaveSingleItem();
        build.Parameters["commit"].ShouldBe(push.Source.Commit);
        build.Parameters["branch"].ShouldBe(push.Source.Branch);
        // Logs are written behind the build, not before its end is told.
        await Eventually.TrueAsync(() => jenkins.LogOf(push).Contains("Finished", StringComparison.Ordinal));
        var log = jenkins.LogOf(push);
        var printed = string.Concat(
            log.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('=')).Select(line => line + "\n")
        );
        // Who takes a build over shows its log from the beginning.
        printed.ShouldEndWith(Log, customMessage: log);
        if (attempts == 1)
        {
            printed.ShouldBe(Log, log);
        }
    }
}
