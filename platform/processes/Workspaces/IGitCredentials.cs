using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>Credentials that git fetches with, of whoever gives them out.</summary>
public interface IGitCredentials
{
    /// <summary>Those for an address.</summary>
    /// <returns><c>null</c>: there are none for it, and it is fetched without.</returns>
    /// <exception cref="CanaryException">There should be, and are not now.</exception>
    Task<GitCredential?> ForAsync(string cloneUrl, CancellationToken cancellation);

    /// <summary>Takes note that those for an address were refused, so that there are others the next time.</summary>
    void Refused(string cloneUrl);
}

/// <summary>A user and a password for one server.</summary>
/// <param name="Server">Scheme, host and port: no other server gets to see them.</param>
/// <param name="User">The user.</param>
/// <param name="Password">The password or token.</param>
public sealed record GitCredential(Uri Server, string User, string Password);
