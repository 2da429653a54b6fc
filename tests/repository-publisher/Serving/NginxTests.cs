using System.Diagnostics;
using System.Net.Sockets;
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
        await InstalledPackages.RequireAsync("nginx-light");
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var port = FreePort();
        using var nginx = Start(repository.Layout.Public, port);
        try
        {
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
        finally
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync(Cancellation);
        }
    }

    public void Dispose() => _directory.Dispose();

    private Process Start(string served, int port)
    {
        var server = ServerOfThePage()
            .Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("/var/lib/canary/repository-publisher/public/", $"{served}/", StringComparison.Ordinal);
        server.ShouldContain(served);
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name =>
                $"{name}_temp_path {_directory.Combine(name)};\n"
            )
        );
        var configuration = _directory.WriteFile(
            "nginx.conf",
            $$"""
            daemon off;
            master_process off;
            pid {{_directory.Combine("pid")}};
            error_log {{_directory.Combine("error.log")}};
            events {}
            http {
            access_log off;
            {{temporary}}
            {{server}}
            }
            """
        );
        return Process.Start(
            new ProcessStartInfo("/usr/sbin/nginx", ["-c", configuration, "-e", _directory.Combine("error.log")])
        )!;
    }

    private static string ServerOfThePage() =>
        File.ReadAllText(SourceTree.PathOf("docs", "repository.md")).Split("```nginx\n")[1].Split("```")[0];

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
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
