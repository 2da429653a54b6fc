using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Tests.Workspaces;

/// <summary>Serves a repository as plain files, and what it keeps in Git LFS by the batch API (git-lfs, docs/api/batch.md, and
/// docs/api/basic-transfers.md).</summary>
internal sealed class LargeFileServer : IAsyncDisposable
{
    private const string ContentType = "application/vnd.git-lfs+json";

    private readonly WebApplication _server;

    private LargeFileServer(WebApplication server) => _server = server;

    /// <summary>What was asked for, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    public string Address => _server.Urls.Single();

    public static async Task<LargeFileServer> StartAsync(GitRepository? repository = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new LargeFileServer(app);
        app.Use(
            (context, next) =>
            {
                server.Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
                return next();
            }
        );
        app.MapPost("/app.git/info/lfs/objects/batch", server.BatchAsync);
        app.MapGet("/objects/{oid}", (string oid) => Results.Bytes(server.Objects[oid]));
        if (repository is not null)
        {
            await repository.GitAsync("update-server-info");
            app.UseStaticFiles(
                new StaticFileOptions
                {
                    RequestPath = "/app.git",
                    FileProvider = new PhysicalFileProvider(
                        Path.Combine(repository.Path, ".git"),
                        ExclusionFilters.None
                    ),
                    ServeUnknownFileTypes = true,
                }
            );
        }

        await app.StartAsync();
        return server;
    }

    /// <summary>Keeps a content, and gives what stands for it in git.</summary>
    public string PointerTo(byte[] content)
    {
        var oid = Convert.ToHexStringLower(SHA256.HashData(content));
        Objects[oid] = content;
        return $"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {content.Length}\n";
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<IResult> BatchAsync(HttpRequest request)
    {
        var asked = (await JsonNode.ParseAsync(request.Body))!["objects"]!.AsArray();
        var answers = new JsonArray([
            .. asked.Select(it =>
            {
                var oid = it!["oid"]!.GetValue<string>();
                var answer = new JsonObject { ["oid"] = oid, ["size"] = it["size"]!.GetValue<long>() };
                if (Objects.ContainsKey(oid))
                {
                    answer["actions"] = new JsonObject
                    {
                        ["download"] = new JsonObject { ["href"] = $"{Address}/objects/{oid}" },
                    };
                }
                else
                {
                    answer["error"] = new JsonObject { ["code"] = 404, ["message"] = "Object does not exist" };
                }

                return (JsonNode)answer;
            }),
        ]);
        return Results.Text(
            new JsonObject { ["transfer"] = "basic", ["objects"] = answers }.ToJsonString(),
            ContentType
        );
    }
}
