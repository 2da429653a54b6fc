using System.Text;
using Canary.Failures;
using Canary.GitHub;
using Canary.Hosting.Tests.Consul;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Canary.Testing.GitHub;

namespace Canary.Hosting.Tests.GitHub;

/// <summary>A real git fetches over HTTP from git's own server, which sees what it presents.</summary>
public sealed class CloneCredentialsTests : IAsyncLifetime
{
    private GitRepository _repository = null!;
    private string _commit = "";

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        _commit = await _repository.WithFile("README", "hats").CommitAsync();
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_private_repository_is_fetched_as_an_App_and_with_a_token(bool asApp)
    {
        await using var fixture = await StartAsync(asApp);

        await using var workspace = await CheckoutAsync(fixture);

        File.ReadAllText(Path.Combine(workspace.Path, "README")).ShouldBe("hats");
        var token = await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);
        fixture
            .Server.Requests.Where(it => it.Path.Contains("git-upload-pack") && it.Method == "POST")
            .ShouldAllBe(it => PasswordIn(it) == token);
    }

    [Fact]
    public async Task The_token_is_in_no_file_that_stays()
    {
        await using var fixture = await StartAsync(asApp: true);

        await using var workspace = await CheckoutAsync(fixture);

        var token = await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);
        Directory
            .EnumerateFiles(fixture.Host.DataPath, "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(token)) >= 0)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task The_token_is_not_stored_with_what_the_operator_has_in_a_file()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("credentials", "https://me:word@elsewhere.example\n");
        await using var fixture = await StartAsync(asApp: true, $"workspaces:credentialsfile={file}");

        await using var workspace = await CheckoutAsync(fixture);

        File.ReadAllText(file).ShouldBe("https://me:word@elsewhere.example\n");
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_replaced_and_the_fetch_goes_on()
    {
        await using var fixture = await StartAsync(asApp: true);
        var before = await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);
        fixture.Server.RevokeTokens();

        await using var workspace = await CheckoutAsync(fixture);

        (await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default)).ShouldNotBe(before);
    }

    [Fact]
    public async Task A_token_that_was_refused_is_not_kept()
    {
        await using var fixture = await StartAsync(asApp: true);
        var identities = fixture.Host.Get<GitHubIdentities>();
        await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);
        var before = identities.Tokens.Count();

        for (var refusal = 0; refusal < 3; refusal++)
        {
            fixture.Api.CloneTokenRefused(GitHubHost.Shop);
            await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);
        }

        identities.Tokens.Count().ShouldBe(before);
    }

    [Fact]
    public async Task Whoever_an_answer_leads_to_gets_no_token()
    {
        await using var fixture = await StartAsync(asApp: true);
        await using var other = await GitHubServer.StartAsync();
        other.AddRepository("acme/shop", Path.Combine(_repository.Path, ".git"));
        fixture.Server.GitLeadsTo = other.Web;

        await Should.ThrowAsync<CanaryException>(() => CheckoutAsync(fixture));

        other.Requests.ShouldNotBeEmpty();
        other.Requests.ShouldAllBe(it => it.Authorization.Length == 0);
    }

    [Fact]
    public async Task A_renamed_repository_is_fetched_from_its_old_address()
    {
        await using var fixture = await StartAsync(asApp: true);
        fixture.Server.Rename(fixture.Repository, "initech/store");

        await using var workspace = await CheckoutAsync(fixture);

        File.Exists(Path.Combine(workspace.Path, "README")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_public_repository_is_fetched_while_the_API_is_away()
    {
        await using var fixture = await StartAsync(asApp: true);
        fixture.Repository.IsPrivate = false;
        fixture.Server.Break("repos/acme/shop", GitHubFaultKind.ServerError, times: 100);

        await using var workspace = await CheckoutAsync(fixture);

        File.Exists(Path.Combine(workspace.Path, "README")).ShouldBeTrue();
    }

    [Fact]
    public async Task Why_there_are_no_credentials_is_said_where_they_are_missed()
    {
        await using var fixture = await StartAsync(asApp: true);
        fixture.Server.Break("repos/acme/shop", GitHubFaultKind.ServerError, times: 100);

        var exception = await Should.ThrowAsync<CanaryException>(() => CheckoutAsync(fixture));

        exception.Code.ShouldBe("repository-unreachable");
        exception.Message.ShouldContain("it answers 500");
    }

    private async Task<GitHubHost> StartAsync(bool asApp, params string[] settings)
    {
        var fixture = await GitHubHost.StartAsync(
            asApp,
            settings: ["workspaces:protocols:0=https", "workspaces:protocols:1=http", .. settings]
        );
        fixture.Repository.GitDirectory = Path.Combine(_repository.Path, ".git");
        return fixture;
    }

    private Task<Workspace> CheckoutAsync(GitHubHost fixture) =>
        fixture
            .Host.Get<Canary.Processes.Workspaces.Workspaces>()
            .CheckoutAsync(
                new SourceRequest
                {
                    CloneUrl = $"{fixture.Server.Web}acme/shop.git",
                    Commit = _commit,
                    Branch = "main",
                }
            );

    private static string PasswordIn(GitHubRequest request) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(request.Authorization["Basic ".Length..])).Split(':', 2)[1];
}
