using Canary.CiCoordinator.Releases;
using Canary.Contracts.Building;
using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.Jenkins;
using MassTransit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.CiCoordinator.Tests.Builds.Jenkins;

/// <summary>The real service that has the stand-in build for it, and a repository.</summary>
internal sealed class JenkinsFixture : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    private JenkinsFixture(JenkinsServer server, GitRepository repository)
    {
        Server = server;
        Repository = repository;
    }

    public JenkinsServer Server { get; }

    public GitRepository Repository { get; }

    public TestHost Host { get; private set; } = null!;

    /// <param name="byPassword">Whether it logs in with a password, else with an API token.</param>
    /// <param name="settings">Further settings, those of Jenkins without their section.</param>
    public static async Task<JenkinsFixture> StartAsync(bool byPassword = false, params string[] settings)
    {
        var fixture = new JenkinsFixture(await JenkinsServer.StartAsync(), await GitRepository.CreateAsync());
        var secret = fixture._directory.WriteFile("secret", byPassword ? JenkinsServer.Password : JenkinsServer.Token);
        fixture.Host = await TestHost.StartAsync([
            "--ci-coordinator:builds:provider=jenkins",
            $"--ci-coordinator:builds:jenkins:address={fixture.Server.Address}",
            $"--ci-coordinator:builds:jenkins:user={JenkinsServer.User}",
            $"--ci-coordinator:builds:jenkins:{(byPassword ? "passwordfile" : "tokenfile")}={secret}",
            "--ci-coordinator:builds:jenkins:pollinterval=00:00:00.1",
            "--ci-coordinator:builds:jenkins:requesttimeout=00:00:01",
            .. settings.Select(setting => $"--ci-coordinator:builds:{setting}"),
        ]);
        return fixture;
    }

    /// <summary>Pushes a new commit.</summary>
    public async Task<PushReceived> PushAsync(string branch = "main")
    {
        var push = TestHost.Push(Repository.Path, await Repository.CommitAsync());
        push = push with { Source = push.Source with { Branch = branch }, Deploys = branch == "main" };
        await Host.PublishAsync(push);
        return push;
    }

    public async Task<ReleaseState> EndOfAsync(PushReceived push)
    {
        await Eventually.TrueAsync(async () =>
            (await Host.ReleasesAsync()).Any(release =>
                release.CorrelationId == push.ReleaseId && ReleaseStates.IsFinal(release.CurrentState)
            )
        );
        return (await Host.ReleasesAsync()).Single(release => release.CorrelationId == push.ReleaseId);
    }

    /// <summary>Pushes a commit, and tells how its build failed; null: it passed.</summary>
    public async Task<Contracts.Failure?> BuildAsync() => (await EndOfAsync(await PushAsync())).Failure;

    /// <summary>The log of a release's build, as it stands on its way to ingress.</summary>
    public string LogOf(PushReceived push)
    {
        var directory = Path.Combine(Host.DataPath, "ci-coordinator", "logs");
        return Directory.GetFiles(directory, $"{push.ReleaseId:N}.*") is [var file] ? File.ReadAllText(file) : "";
    }

    public Task NotifyAsync() =>
        Host.Services.GetRequiredService<IBus>().Publish(new JenkinsNotified { Job = "job/shop/", Number = 1 });

    /// <summary>Ends the process in the middle of the build, as a power cut would.</summary>
    public async Task DieAsync(JobFate fate = JobFate.AtWork)
    {
        await Host.StopAsync();
        await using var store = new SqliteConnection(
            $"Data Source={Directory.GetFiles(Host.DataPath, "ci-coordinator.db", SearchOption.AllDirectories).Single()}"
        );
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        command.CommandText = "UPDATE Jobs SET State = $state, LeaseOwner = 'dead', LeaseUntil = 0";
        command.Parameters.AddWithValue("$state", fate == JobFate.AtWork ? "Running" : "Cancelled");
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Server.DisposeAsync();
        Repository.Dispose();
        _directory.Dispose();
    }
}

/// <summary>What has become of the job of a process that died.</summary>
internal enum JobFate
{
    AtWork,
    Cancelled,
}
