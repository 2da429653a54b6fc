namespace Canary.Ingress.Notifications.GitHub;

/// <summary>What GitHub is told of releases, where the section <c>github</c> has an App or a token.</summary>
public sealed class GitHubReportOptions
{
    /// <summary>Whether commits show how their releases are: as check runs of an App, as commit statuses with a token. Default:
    /// yes.</summary>
    public bool Checks { get; set; } = true;

    /// <summary>Whether what reaches hosts is a deployment on GitHub, in the environments <c>canary</c> and <c>production</c>. Default:
    /// yes.</summary>
    public bool Deployments { get; set; } = true;
}
