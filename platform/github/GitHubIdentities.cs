using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Options;
using Octokit;
using Octokit.Internal;

namespace Canary.GitHub;

/// <summary>The identities of this host, each with a client of its own: their credentials, limits and recent answers differ.</summary>
internal sealed class GitHubIdentities(
    IHttpMessageHandlerFactory handlers,
    IOptions<GitHubOptions> options,
    TimeProvider time
) : IDisposable
{
    public const string ClientName = "github";

    private static readonly ProductHeaderValue Product = new(
        "Canary",
        typeof(GitHubIdentities)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion
    );

    private readonly GitHubClock _clock = new(time);
    private readonly ConcurrentDictionary<long, InstallationIdentity> _installations = new();
    private readonly ConcurrentDictionary<(long Installation, long Repository), InstallationToken> _cloneTokens = new();
    private readonly ConcurrentBag<IDisposable> _disposables = [];
    private AppIdentity? _app;
    private TokenIdentity? _token;

    public GitHubAddress Address { get; } = new(options.Value.Address);

    public bool IsUsed => options.Value.IsUsed;

    public bool IsApp => options.Value.IsApp;

    public AppIdentity App => LazyInitializer.EnsureInitialized(ref _app, NewApp);

    public TokenIdentity Token => LazyInitializer.EnsureInitialized(ref _token, NewToken);

    /// <summary>What logs must not show besides the files of the configuration.</summary>
    public IEnumerable<byte[]> Secrets =>
        Tokens.Select(token => token.Current).OfType<string>().Select(Encoding.UTF8.GetBytes);

    /// <summary>Those that are given out, and not forgotten since.</summary>
    internal IEnumerable<InstallationToken> Tokens =>
        _installations.Values.Select(installation => installation.Token).Concat(_cloneTokens.Values);

    /// <param name="installation">Its id.</param>
    /// <param name="create">Has GitHub make a token of it.</param>
    public InstallationIdentity Installation(long installation, Func<Task<AccessToken>> create) =>
        _installations.GetOrAdd(installation, _ => NewInstallation(NewTokenOf(create)));

    /// <summary>A token that can do nothing but read one repository.</summary>
    public InstallationToken CloneToken(long installation, long repository, Func<Task<AccessToken>> create) =>
        _cloneTokens.GetOrAdd((installation, repository), _ => NewTokenOf(create));

    public void Forget(long installation)
    {
        _installations.TryRemove(installation, out _);
        ForgetCloneTokens(installation);
    }

    public void ForgetCloneTokens(long installation)
    {
        foreach (var key in _cloneTokens.Keys.Where(key => key.Installation == installation))
        {
            _cloneTokens.TryRemove(key, out _);
        }
    }

    public void Dispose()
    {
        foreach (var disposable in _disposables)
        {
            disposable.Dispose();
        }
    }

    private InstallationToken NewTokenOf(Func<Task<AccessToken>> create) => new(create, _clock, time);

    private AppIdentity NewApp()
    {
        var credentials = new AppCredentials(options.Value.AppId!, options.Value.PrivateKeyFile!, _clock);
        var limits = NewLimits();
        return new AppIdentity(NewClient(credentials, limits), limits, credentials);
    }

    private TokenIdentity NewToken()
    {
        var limits = NewLimits();
        return new TokenIdentity(NewClient(new TokenCredentials(options.Value.TokenFile!), limits), limits);
    }

    private InstallationIdentity NewInstallation(InstallationToken token)
    {
        var limits = NewLimits();
        return new InstallationIdentity(NewClient(new InstallationCredentials(token), limits), limits, token);
    }

    private RequestLimits NewLimits() => new(options.Value.LimitPause, time);

    private GitHubClient NewClient(ICredentialStore credentials, RequestLimits limits)
    {
        var http = new HttpClientAdapter(() =>
            new GitHubGateway(Address, _clock, limits) { InnerHandler = handlers.CreateHandler(ClientName) }
        );
        var answers = new RecentAnswers();
        _disposables.Add(http);
        _disposables.Add(answers);
        return new GitHubClient(
            new Connection(Product, Address.Api, credentials, http, new SimpleJsonSerializer())
            {
                ResponseCache = answers,
            }
        );
    }
}
