using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Tests.Workspaces;

/// <summary>Serves a repository as plain files, which is git's dumb HTTP transport (gitprotocol-http(5)).</summary>
internal sealed class DumbServer(WebApplication server) : IAsyncDisposable
{
    public string Address => server.Urls.Single() + "/.git";

    public static async Task<DumbServer> StartAsync(GitRepository repository)
    {
        await repository.GitAsync("update-server-info");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(
                    repository.Path,
                    Microsoft.Extensions.FileProviders.Physical.ExclusionFilters.None
                ),
                ServeUnknownFileTypes = true,
            }
        );
        await server.StartAsync();
        return new DumbServer(server);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
