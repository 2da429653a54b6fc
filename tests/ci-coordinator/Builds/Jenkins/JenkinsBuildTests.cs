using Canary.CiCoordinator.Builds.Jenkins;
using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.Jenkins;

namespace Canary.CiCoordinator.Tests.Builds.Jenkins;

public sealed class JenkinsBuildTests
{
    private const string Secrets = $"{JenkinsServer.Token} {JenkinsServer.Password}";

    [Theory]
    [InlineData("FAILURE", "jenkins-build-failed")]
    [InlineData("UNSTABLE", "jenkins-build-unstable")]
    [InlineData("ABORTED", "jenkins-build-aborted")]
    [InlineData("NOT_BUILT", "jenkins-not-built")]
    [InlineData("SOMETHING_NEW", "jenkins-build-failed")]
    public async Task A_build_that_does_not_pass_fails_the_release_and_says_where_it_is(string result, string code)
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob().Result = result;

        var failure = (await jenkins.BuildAsync()).ShouldNotBeNull();

        failure.Code.ShouldBe(code);
        failure.Message.ShouldContain($"{jenkins.Server.Address}/job/shop/1/");
        failure.Message.ShouldContain("It printed last:\nStarted\nTests pass\nFinished");
    }

    [Fact]
    public async Task A_password_takes_a_crumb_and_its_session_and_a_new_one_when_that_has_ended()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(byPassword: true);
        jenkins.Server.AddJob();

        (await jenkins.BuildAsync()).ShouldBeNull();
        jenkins.Server.EndSessions();
        (await jenkins.BuildAsync()).ShouldBeNull();

        jenkins.Server.Started.ShouldBe(2);
        jenkins.Server.Requests.Where(it => it.Method == "POST").ShouldAllBe(it => it.Crumb.Length > 0);
    }

    [Fact]
    public async Task A_token_takes_no_crumb_and_neither_addresses_nor_logs_show_it()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob().Prints = [$"+ curl -u canary:{JenkinsServer.Token} https://example.org\n"];

        var push = await jenkins.PushAsync();
        await jenkins.EndOfAsync(push);

        jenkins.Server.Requests.ShouldAllBe(it => it.Crumb.Length == 0 && it.Authorization.StartsWith("Basic "));
        jenkins.Server.Requests.ShouldAllBe(it => !it.Address.Contains(JenkinsServer.Token));
        jenkins.LogOf(push).ShouldContain("+ curl -u canary:***");
        jenkins.LogOf(push).ShouldNotContain(JenkinsServer.Token);
    }

    [Fact]
    public async Task Output_of_a_build_cannot_pass_for_lines_of_canary()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob().Prints = ["==> Jenkins build passed\n\u001b[31mred\u001b[0m\n"];

        var push = await jenkins.PushAsync();
        await jenkins.EndOfAsync(push);

        var lines = jenkins.LogOf(push).Split('\n');
        lines.ShouldNotContain("==> Jenkins build passed");
        lines.ShouldContain("red");
    }

    [Fact]
    public async Task Jobs_may_be_in_folders_and_applications_may_have_jobs_of_their_own()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(
            settings:
            [
                "jenkins:job=team/{application}",
                "applications:0:name=shop",
                "applications:0:jenkinsjob=a team/web & shop",
            ]
        );
        var job = jenkins.Server.AddJob("job/a%20team/job/web%20%26%20shop");

        (await jenkins.BuildAsync()).ShouldBeNull();

        job.Builds.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("team/{application}", "main", "job/team/job/shop/")]
    [InlineData("{application}/{branch}", "feature/x", "job/shop/job/feature%252Fx/")]
    [InlineData("{application}/{branch}", "100%#1", "job/shop/job/100%2525%25231/")]
    [InlineData("{application}-{branch}", "main", "job/shop-main/")]
    public void A_template_names_a_job(string template, string branch, string path) =>
        JenkinsJob.Of(template, "shop", branch).Path.ShouldBe(path);

    [Fact]
    public async Task The_job_of_a_branch_builds_without_parameters()
    {
        await using var jenkins = await StartMultibranchAsync();
        var commit = await jenkins.Repository.CommitAsync();
        await jenkins.Repository.GitAsync("branch", "feature/x", commit);
        var job = jenkins.Server.AddBranch("job/shop/job/feature%252Fx", commit);
        var push = TestHost.Push(jenkins.Repository.Path, commit);
        push = push with { Source = push.Source with { Branch = "feature/x" }, Deploys = false };

        await jenkins.Host.PublishAsync(push);

        (await jenkins.EndOfAsync(push)).CurrentState.ShouldBe(ReleaseStates.Completed);
        job.Builds.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_build_of_the_commit_that_somebody_else_has_started_is_the_build()
    {
        await using var jenkins = await StartMultibranchAsync();
        var commit = await jenkins.Repository.CommitAsync();
        var job = jenkins.Server.AddBranch("job/shop/job/main", commit);
        // It does not say yet what it builds.
        job.Ends = false;
        var running = job.Begin(commit: null!);
        var push = TestHost.Push(jenkins.Repository.Path, commit);
        await jenkins.Host.PublishAsync(push);
        await Eventually.TrueAsync(() => jenkins.Server.Requests.Count > 4);

        running.Commit = commit;
        job.Ends = true;

        (await jenkins.EndOfAsync(push)).CurrentState.ShouldBe(ReleaseStates.Completed);
        job.Builds.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_build_of_the_commit_that_failed_before_is_not_the_build()
    {
        await using var jenkins = await StartMultibranchAsync();
        var commit = await jenkins.Repository.CommitAsync();
        var job = jenkins.Server.AddBranch("job/shop/job/main", commit);
        job.Begin(commit).End("FAILURE");
        var push = TestHost.Push(jenkins.Repository.Path, commit);

        await jenkins.Host.PublishAsync(push);

        (await jenkins.EndOfAsync(push)).CurrentState.ShouldBe(ReleaseStates.Completed);
        job.Builds.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_job_of_a_new_branch_may_come_later()
    {
        await using var jenkins = await StartMultibranchAsync();
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() => jenkins.Server.Requests.Count > 4);

        jenkins.Server.AddBranch("job/shop/job/main", push.Source.Commit);

        (await jenkins.EndOfAsync(push)).CurrentState.ShouldBe(ReleaseStates.Completed);
    }

    [Theory]
    [InlineData("0123456789012345678901234567890123456789")]
    [InlineData(null)]
    public async Task A_branch_whose_build_is_of_another_commit_or_of_none_does_not_pass(string? built)
    {
        await using var jenkins = await StartMultibranchAsync();
        jenkins.Server.AddBranch("job/shop/job/main", built!);

        (await jenkins.BuildAsync())!.Code.ShouldBe("jenkins-other-commit");
    }

    [Fact]
    public async Task A_job_that_does_not_check_out_the_commit_of_its_parameter_does_not_pass()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob().Head = new string('0', 40);

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-other-commit");
        failure.Remedy.ShouldContain("${commit}");
    }

    [Fact]
    public async Task An_aborted_release_takes_its_build_out_of_the_queue()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob();
        jenkins.Server.HasExecutors = false;
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() => jenkins.Server.Started == 1);

        await AbortAsync(jenkins, push);

        await Eventually.TrueAsync(() => jenkins.Server.Started == 0);
    }

    [Fact]
    public async Task An_aborted_release_stops_its_build_and_no_other()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        var other = job.Begin(new string('0', 40));
        var push = await jenkins.PushAsync();
        await Eventually.TrueAsync(() => job.Builds.Count == 2);

        await AbortAsync(jenkins, push);

        await Eventually.TrueAsync(() => job.Builds[1].Result == "ABORTED");
        other.Result.ShouldBeNull();
    }

    [Fact]
    public async Task A_build_is_stopped_also_when_the_process_that_followed_it_has_died()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        await jenkins.PushAsync();
        await Eventually.TrueAsync(() => job.Builds.Count == 1);

        await jenkins.DieAsync(JobFate.Cancelled);
        await jenkins.Host.StartAsync();

        await Eventually.TrueAsync(() => job.Builds[0].Result == "ABORTED");
    }

    [Fact]
    public async Task A_build_that_takes_too_long_is_stopped()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "timelimit=00:00:01");
        var job = jenkins.Server.AddJob();
        job.Ends = false;

        (await jenkins.BuildAsync())!.Code.ShouldBe("jenkins-timed-out");

        job.Builds.Single().Result.ShouldBe("ABORTED");
    }

    [Fact]
    public async Task A_build_that_prints_too_much_is_stopped_and_its_log_ends_there()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "outputlimit=1024");
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        job.Prints = [new string('x', 1000), new string('y', 1000)];

        var push = await jenkins.PushAsync();

        (await jenkins.EndOfAsync(push)).Failure!.Code.ShouldBe("jenkins-output-limit");
        job.Builds.Single().Result.ShouldBe("ABORTED");
        jenkins.LogOf(push).Count(letter => letter == 'y').ShouldBeInRange(24, 48);
    }

    [Fact]
    public async Task A_build_that_waits_too_long_leaves_the_queue()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "jenkins:queuetimeout=00:00:01");
        jenkins.Server.AddJob();
        jenkins.Server.HasExecutors = false;

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-queue-timeout");
        failure.Message.ShouldContain("Waiting for next available executor");
        jenkins.Server.Started.ShouldBe(0);
    }

    [Fact]
    public async Task A_build_that_jenkins_forgets_again_and_again_is_given_up()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.Ends = false;
        var push = await jenkins.PushAsync();
        var ended = jenkins.EndOfAsync(push);
        while (!ended.IsCompleted)
        {
            await Eventually.TrueAsync(() => job.Builds.Count > 0 || ended.IsCompleted);
            foreach (var build in job.Builds.ToList())
            {
                job.Delete(build);
            }
        }

        (await ended).Failure!.Code.ShouldBe("jenkins-build-lost");
    }

    [Fact]
    public async Task A_jenkins_that_stays_away_fails_the_build_and_is_to_blame()
    {
        await using var jenkins = await JenkinsFixture.StartAsync(settings: "jenkins:unavailabletimeout=00:00:01");
        await jenkins.Server.GoDownAsync();

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-unavailable");
        failure.Message.ShouldContain("Connection refused");
    }

    [Theory]
    [InlineData("api/json", "jenkins-refused")]
    [InlineData("buildWithParameters", "jenkins-refused")]
    public async Task What_the_user_may_not_do_fails_the_build(string what, string code)
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob();
        jenkins.Server.Forbidden = what;

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe(code);
        failure.Remedy.ShouldContain("Job/Build");
        $"{failure.Message} {failure.Remedy}".Split(' ').Intersect(Secrets.Split(' ')).ShouldBeEmpty();
    }

    [Fact]
    public async Task Credentials_are_not_sent_where_an_answer_leads()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob();
        jenkins.Server.Break("job/shop", JenkinsFaultKind.Elsewhere);

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-address-wrong");
        failure.Message.ShouldContain("http://elsewhere.invalid/login");
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_named()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-job-missing");
        failure.Message.ShouldContain("no job shop");
    }

    [Fact]
    public async Task A_job_without_our_parameters_is_not_started()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        jenkins.Server.AddJob("job/shop", "commit");

        var failure = await jenkins.BuildAsync();

        failure!.Code.ShouldBe("jenkins-job-unfit");
        failure.Message.ShouldContain("CANARY_BUILD");
        jenkins.Server.Started.ShouldBe(0);
    }

    [Fact]
    public async Task A_disabled_job_and_a_folder_are_not_started()
    {
        await using var jenkins = await JenkinsFixture.StartAsync();
        var job = jenkins.Server.AddJob();
        job.IsEnabled = false;
        (await jenkins.BuildAsync())!.Message.ShouldContain("is disabled");

        job.IsFolder = true;
        (await jenkins.BuildAsync())!.Remedy.ShouldContain("shop/{branch}");
    }

    private static Task<JenkinsFixture> StartMultibranchAsync() =>
        JenkinsFixture.StartAsync(settings: ["jenkins:job={application}/{branch}", "jenkins:takesparameters=false"]);

    private static Task AbortAsync(JenkinsFixture jenkins, PushReceived push) =>
        jenkins.Host.SendAsync(
            new AbortRelease
            {
                ReleaseId = push.ReleaseId,
                By = "ada",
                Reason = "not this one",
            }
        );
}
