using Canary.GitHub;
using Canary.Hosting.Tests.Consul;
using Canary.Testing;
using Canary.Testing.GitHub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Canary.Hosting.Tests.GitHub;

/// <summary>A real host that has the stand-in for its GitHub, with a repository.</summary>
internal sealed class GitHubHost : IAsyncDisposable
{
    public static readonly RepositoryName Shop = new("acme", "shop");

    private readonly TempDirectory _directory = new();

    private GitHubHost(GitHubServer server)
    {
        Server = server;
        Repository = server.AddRepository("acme/shop");
    }

    public GitHubServer Server { get; }

    public GitHubStandInRepository Repository { get; }

    public TestHost Host { get; private set; } = null!;

    public GitHubApi Api => Host.Get<GitHubApi>();

    /// <summary>The file with the token or the key.</summary>
    public string SecretFile => _directory.Combine("secret");

    /// <param name="asApp">Whether it is an App, and has no token.</param>
    /// <param name="clock">The clock of its machine.</param>
    /// <param name="settings">Further settings, without their section.</param>
    public static async Task<GitHubHost> StartAsync(
        bool asApp = true,
        TimeProvider? clock = null,
        params string[] settings
    )
    {
        var fixture = new GitHubHost(await GitHubServer.StartAsync());
        var secret = fixture._directory.WriteFile(
            "secret",
            asApp ? GitHubServer.PrivateKey : GitHubServer.Token + "\n"
        );
        string[] identity = asApp
            ? [$"--github:appid={GitHubServer.AppId}", $"--github:privatekeyfile={secret}"]
            : [$"--github:tokenfile={secret}"];
        fixture.Host = await TestHost.StartAsync(
            module =>
            {
                module.Host.AddGitHub();
                module.AddWorkspaces();
                if (clock is not null)
                {
                    module.Services.Replace(ServiceDescriptor.Singleton(clock));
                }
            },
            [
                $"--github:address={fixture.Server.Address}",
                "--github:timeout=00:00:02",
                .. identity,
                .. settings.Select(setting => $"--{setting}"),
            ]
        );
        return fixture;
    }

    /// <summary>Asks something that everybody may know.</summary>
    public Task<Octokit.Repository> AskAsync() =>
        Api.AskAsync(Shop, client => client.Repository.Get(Shop.Owner, Shop.Name), CancellationToken.None);

    public int Count(string request) => Server.Requests.Count(it => it.Text == request);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
