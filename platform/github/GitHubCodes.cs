namespace Canary.GitHub;

/// <summary>The failures of platform/github: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class GitHubCodes
{
    /// <summary>GitHub does not take the App's key or the token.</summary>
    /// <remarks>Check <c>github.app-id</c> and <c>github.private-key-file</c>, or put a token that is still valid into
    /// <c>github.token-file</c>.</remarks>
    public const string GithubCredentialsRefused = "github-credentials-refused";

    /// <summary>The file with the App's key or the token cannot be read, or holds neither.</summary>
    /// <remarks>Check its path, owner, mode and content.</remarks>
    public const string GithubCredentialsUnreadable = "github-credentials-unreadable";

    /// <summary>The App or the token lacks a permission.</summary>
    /// <remarks>Grant the permission that the message names; docs/github.md lists all.</remarks>
    public const string GithubDenied = "github-denied";

    /// <summary>GitHub answered with an error, or in a way that cannot be read.</summary>
    /// <remarks>Look at the message, and see that <c>github.address</c> is that of the API.</remarks>
    public const string GithubError = "github-error";

    /// <summary>GitHub has had too many requests for now.</summary>
    /// <remarks>Nothing: it is asked again when it allows it.</remarks>
    public const string GithubLimited = "github-limited";

    /// <summary>Something needs GitHub, and neither an App nor a token is configured.</summary>
    /// <remarks>Set <c>github.app-id</c> and <c>github.private-key-file</c>, or <c>github.token-file</c>.</remarks>
    public const string GithubNotConfigured = "github-not-configured";

    /// <summary>GitHub knows no such thing, or the App or token may not see it.</summary>
    /// <remarks>Install the App on the repository, or give the token access to it.</remarks>
    public const string GithubNotFound = "github-not-found";

    /// <summary>GitHub does not accept what was sent.</summary>
    /// <remarks>Look at what the message says of it.</remarks>
    public const string GithubRejected = "github-rejected";

    /// <summary>GitHub does not answer, or not in time.</summary>
    /// <remarks>Nothing, if it passes: it is tried again. Otherwise see that this machine reaches <c>github.address</c>.</remarks>
    public const string GithubUnreachable = "github-unreachable";
}
