using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests.Serving;

/// <summary>The directory served by real nginx, as docs/repository.md has it.</summary>
public sealed class NginxTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_follows_the_repository_through_nginx_forwards_and_back()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var port = FreePort.Next();
        using var nginx = await NginxServer.StartAsync(_directory, ServerOfThePage(repository.Layout.Public, port));
        using var http = new HttpClient();
        await Eventually.TrueAsync(async () => await IsThereAsync(http, port));
        using var host = new AptHost(
            new Uri($"http://127.0.0.1:{port}/repository/"),
            repository.Services.GetRequiredService<SigningKeys>().Now.Keyring
        );
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.InstallAsync("shop")).EnsureSuccess();

        await repository.ReleaseAsync("shop", "2.0");
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.UpgradeAsync()).EnsureSuccess();
        (await host.InstalledAsync("shop")).ShouldBe("2.0");

        await repository.WithdrawAsync("shop", "2.0");
        (await host.UpdateAsync()).EnsureSuccess();
        (await host.UpgradeAsync()).EnsureSuccess();
        (await host.InstalledAsync("shop")).ShouldBe("1.0");
    }

    public void Dispose() => _directory.Dispose();

    private static string ServerOfThePage(string served, int port)
    {
        var server = File.ReadAllText(SourceTree.PathOf("docs", "repository.md"))
            .Split("```nginx\n")[1]
            .Split("```")[0]
            .Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("/var/lib/canary/repository-publisher/public/", $"{served}/", StringComparison.Ordinal);
        server.ShouldContain(served);
        return server;
    }

    private static async Task<bool> IsThereAsync(HttpClient http, int port)
    {
        try
        {
            using var answer = await http.GetAsync(
                $"http://127.0.0.1:{port}/repository/dists/production/InRelease",
                Cancellation
            );
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
