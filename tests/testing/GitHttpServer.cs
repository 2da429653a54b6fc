using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Testing;

/// <summary>Serves a repository by git's smart HTTP transport (gitprotocol-http(5)), with git's own upload-pack, and fails as it is
/// told.</summary>
public sealed class GitHttpServer : IAsyncDisposable
{
    private readonly GitRepository _repository;

    private readonly WebApplication _server;

    private int _asked;

    private GitHttpServer(GitRepository repository)
    {
        _repository = repository;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>What goes wrong with each request.</summary>
    public enum Fault
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>It is answered with 500.</summary>
        Error,

        /// <summary>It is answered with 429.</summary>
        TooMany,

        /// <summary>It is never answered.</summary>
        Hang,

        /// <summary>The answer breaks off.</summary>
        Truncated,

        /// <summary>The answer is something else.</summary>
        Nonsense,
    }

    /// <summary>Its clone address.</summary>
    public string Address => $"{_server.Urls.Single()}/acme/shop.git";

    /// <summary>What goes wrong from now on.</summary>
    public Fault Fails { get; set; }

    /// <summary>Whether it leaves out what a partial fetch does not want.</summary>
    public bool Filters { get; set; } = true;

    /// <summary>How often it was asked for its branches.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Starts it on a free port.</summary>
    public static async Task<GitHttpServer> StartAsync(GitRepository repository)
    {
        var server = new GitHttpServer(repository);
        await server._server.StartAsync();
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var isQuestion = context.Request.Path.Value!.EndsWith("/info/refs", StringComparison.Ordinal);
        if (isQuestion)
        {
            Interlocked.Increment(ref _asked);
        }

        switch (Fails)
        {
            case Fault.Error:
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;

            case Fault.TooMany:
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                context.Response.Headers.RetryAfter = "60";
                return;

            case Fault.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;

            case Fault.Nonsense:
                await context.Response.WriteAsync("<html>Welcome to our portal.</html>");
                return;
        }

        var answer = await UploadPackAsync(context.Request, isQuestion);
        context.Response.ContentType = isQuestion
            ? "application/x-git-upload-pack-advertisement"
            : "application/x-git-upload-pack-result";
        context.Response.ContentLength = answer.Length;
        if (Fails == Fault.Truncated)
        {
            await context.Response.Body.WriteAsync(answer.AsMemory(0, answer.Length / 2));
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(answer);
    }

    private async Task<byte[]> UploadPackAsync(HttpRequest request, bool isQuestion)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (
            var argument in (string[])
                [
                    "upload-pack",
                    "--stateless-rpc",
                    .. isQuestion ? ["--advertise-refs"] : (string[])[],
                    _repository.Path,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        var protocol = request.Headers["Git-Protocol"].ToString();
        start.Environment["GIT_PROTOCOL"] = protocol;
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        // A partial fetch asks for a single commit.
        start.Environment["GIT_CONFIG_COUNT"] = "1";
        start.Environment["GIT_CONFIG_KEY_0"] = "uploadpack.allowFilter";
        start.Environment["GIT_CONFIG_VALUE_0"] = Filters ? "true" : "false";
        using var git = Process.Start(start)!;
        await using (var input = git.StandardInput.BaseStream)
        {
            await using var body =
                request.Headers.ContentEncoding == "gzip"
                    ? new GZipStream(request.Body, CompressionMode.Decompress)
                    : request.Body;
            await body.CopyToAsync(input);
        }

        using var output = new MemoryStream();
        if (isQuestion && !protocol.Contains("version=2", StringComparison.Ordinal))
        {
            output.Write(Encoding.ASCII.GetBytes("001e# service=git-upload-pack\n0000"));
        }

        await git.StandardOutput.BaseStream.CopyToAsync(output);
        await git.WaitForExitAsync();
        return output.ToArray();
    }
}
