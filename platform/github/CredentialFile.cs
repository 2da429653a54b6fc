using Canary.Failures;
using Canary.Files;

namespace Canary.GitHub;

/// <summary>A file with a key or token, read whenever it is needed: a new one holds at once.</summary>
internal static class CredentialFile
{
    /// <exception cref="CanaryException"><c>github-credentials-unreadable</c></exception>
    public static string Read(string path)
    {
        try
        {
            return SecretFile.ReadText(path) is { Length: > 0 } text
                ? text
                : throw GitHubErrors.Unreadable(path, "is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw GitHubErrors.Unreadable(path, $"cannot be read: {exception.Message}", exception);
        }
    }
}
