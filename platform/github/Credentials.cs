using Octokit;

namespace Canary.GitHub;

/// <summary>A token in a file.</summary>
internal sealed class TokenCredentials(string file) : ICredentialStore
{
    public Task<Credentials> GetCredentials() =>
        Task.FromResult(new Credentials(CredentialFile.Read(file), AuthenticationType.Bearer));
}

/// <summary>The key of an App.</summary>
internal sealed class AppCredentials(string app, string keyFile, GitHubClock clock) : ICredentialStore
{
    private Tuple<DateTimeOffset>? _signed;

    /// <summary>Whether GitHub's answer has shown meanwhile that this machine's clock was wrong.</summary>
    public bool WereOfTheWrongTime => _signed is { } signed && clock.WasWrong(signed.Item1);

    public Task<Credentials> GetCredentials()
    {
        var now = clock.Now;
        _signed = Tuple.Create(now);
        return Task.FromResult(new Credentials(AppSignature.Sign(app, keyFile, now), AuthenticationType.Bearer));
    }
}

/// <summary>The token of an installation.</summary>
internal sealed class InstallationCredentials(InstallationToken token) : ICredentialStore
{
    public async Task<Credentials> GetCredentials() => new(await token.GetAsync(), AuthenticationType.Bearer);
}
