namespace Canary.Testing.GitHub;

/// <summary>A part of the API of the stand-in. Each is a file of its own, which names the documents that it follows.</summary>
public interface IGitHubResource
{
    /// <summary>Answers a request; called under the server's lock.</summary>
    /// <param name="server">The stand-in.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="repository">The repository that it is about; null: about none.</param>
    /// <param name="path">The segments of the path, behind the repository's.</param>
    /// <returns>null: it is another resource's.</returns>
    GitHubReply? Answer(GitHubServer server, GitHubRequest request, GitHubStandInRepository? repository, string[] path);
}
