using System.Net.Http.Headers;
using System.Text;
using Canary.Testing.GitHub;
using Canary.Testing.Jenkins;

namespace Canary.Pipeline;

/// <summary>The job of the shop as the original had it: clones from GitHub, runs <c>script/cisetup</c> and <c>script/cibuild</c>, and its
/// Notification plugin tells of the start and of the end.</summary>
internal sealed class JenkinsJob
{
    private readonly ComposeInstallation _canary;
    private readonly Outside _outside;
    private readonly Lock _gate = new();
    private readonly List<(string Phase, int Answer)> _notifications = [];

    public JenkinsJob(ComposeInstallation canary, Outside outside)
    {
        _canary = canary;
        _outside = outside;
        Job = outside.Jenkins.AddJob();
        Job.Work = BuildAsync;
    }

    public JenkinsStandInJob Job { get; }

    /// <summary>What was told, and how Canary answered.</summary>
    public IReadOnlyList<(string Phase, int Answer)> Notifications
    {
        get
        {
            lock (_gate)
            {
                return [.. _notifications];
            }
        }
    }

    private async Task BuildAsync(JenkinsStandInBuild build)
    {
        await TellAsync(build, "STARTED", status: null);
        using var workspace = new TempDirectory();
        var passed = false;
        try
        {
            passed = await CloneAsync(build, workspace) && await RunAsync(build, workspace, "cisetup", "cibuild");
        }
        finally
        {
            build.End(passed ? "SUCCESS" : "FAILURE");
        }

        await TellAsync(build, "FINALIZED", build.Result);
    }

    private async Task<bool> CloneAsync(JenkinsStandInBuild build, TempDirectory workspace)
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{GitHubServer.Token}"));
        var environment = new Dictionary<string, string?>
        {
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "http.extraHeader",
            ["GIT_CONFIG_VALUE_0"] = $"Authorization: Basic {credentials}",
        };
        var source = $"http://127.0.0.1:{_outside.GitHub.Port}/{ShopRepository.Name}.git";
        var clone = await ProcessRunner.RunAsync(
            "git",
            ["clone", "--quiet", "--branch", build.Parameters["branch"], source, workspace.Combine("shop")],
            environment: environment
        );
        var checkout = await ProcessRunner.RunAsync(
            "git",
            ["-C", workspace.Combine("shop"), "checkout", "--quiet", build.Parameters["commit"]]
        );
        build.Print($"Cloned {build.Parameters["commit"]} from GitHub\n{clone.Error}{checkout.Error}");
        return clone.ExitCode == 0 && checkout.ExitCode == 0;
    }

    private static async Task<bool> RunAsync(
        JenkinsStandInBuild build,
        TempDirectory workspace,
        params string[] scripts
    )
    {
        foreach (var script in scripts)
        {
            var shop = workspace.Combine("shop");
            var result = await ProcessRunner.RunAsync(Path.Combine(shop, "script", script), [], shop);
            build.Print($"+ script/{script}\n{result.Output}{result.Error}");
            if (result.ExitCode != 0)
            {
                return false;
            }
        }

        return true;
    }

    private async Task TellAsync(JenkinsStandInBuild build, string phase, string? status)
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"jenkins:{_outside.JenkinsSecret}"));
        var answer = await _canary.PostAsync(
            "/webhooks/jenkins",
            JenkinsNotifications.Of(phase, build.Number, status),
            new AuthenticationHeaderValue("Basic", credentials)
        );
        lock (_gate)
        {
            _notifications.Add((phase, answer));
        }
    }
}
