using System.Globalization;
using System.Security.Cryptography;
using Canary.Testing.GitHub;
using Canary.Testing.Jenkins;

namespace Canary.Pipeline;

/// <summary>The world around the installation, which cannot be had here and is stood in for: GitHub, Jenkins and Slack, where
/// containers reach them, and the secrets that the installation shares with them.</summary>
internal sealed class Outside : IAsyncDisposable
{
    /// <summary>What containers call this machine.</summary>
    private const string Name = "outside";

    private Outside(GitHubServer gitHub, JenkinsServer jenkins, SlackStandIn slack)
    {
        GitHub = gitHub;
        Jenkins = jenkins;
        Slack = slack;
    }

    public GitHubServer GitHub { get; }

    public JenkinsServer Jenkins { get; }

    public SlackStandIn Slack { get; }

    /// <summary>What Jenkins shows with its notifications.</summary>
    public string JenkinsSecret { get; } = RandomNumberGenerator.GetHexString(40);

    /// <summary>What a monitoring system shows with its alarms.</summary>
    public string AlarmToken { get; } = RandomNumberGenerator.GetHexString(40);

    public static async Task<Outside> StartAsync() =>
        new(await GitHubServer.StartAsync(Name), await JenkinsServer.StartAsync(Name), await SlackStandIn.StartAsync());

    /// <summary>Writes the files of <c>compose.yaml</c>.</summary>
    public void WriteSecrets(TempDirectory directory)
    {
        directory.WriteFile("github-key", GitHubServer.PrivateKey);
        directory.WriteFile("jenkins-token", JenkinsServer.Token);
        directory.WriteFile("jenkins-secret", JenkinsSecret);
        directory.WriteFile("alarm-token", AlarmToken);
        directory.WriteFile("slack-url", $"http://{Name}:{Slack.Port}{SlackStandIn.Path}");
    }

    /// <summary>Puts the addresses into a configuration.</summary>
    public string Complete(string configuration) =>
        configuration
            .Replace("${github}", GitHub.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("${jenkins}", Jenkins.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await Slack.DisposeAsync();
        await Jenkins.DisposeAsync();
        await GitHub.DisposeAsync();
    }
}
