using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;

namespace Canary.Packager.Rehearsal;

/// <summary>What hosts run of a package now, as the repository offers it.</summary>
internal sealed class RunningVersions(
    HttpClient publisher,
    IOptions<PackagerOptions> options,
    TimeProvider time,
    ILogger<RunningVersions> logger
)
{
    private const string CanarySuite = "canary";

    /// <summary>Fetches the package that hosts in production have, else the one that canaries have.</summary>
    /// <param name="name">Package name.</param>
    /// <param name="next">The version that is about to come.</param>
    /// <param name="path">Where to write it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its version; <c>null</c>: there is none, or it cannot be had.</returns>
    public async Task<string?> FetchAsync(string name, string next, string path, CancellationToken cancellation)
    {
        // Whoever stops in the middle of an answer does not say so.
        using var deadline = new CancellationTokenSource(options.Value.UploadTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await FetchInTimeAsync(name, next, path, stop.Token);
        }
        catch (Exception e)
            when (e is HttpRequestException or ExecutionRejectedException or JsonException or IOException)
        {
            logger.LogWarning("Which version of {Package} hosts run could not be asked: {Reason}", name, e.Message);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning(
                "The version of {Package} that hosts run could not be fetched within {Limit}",
                name,
                options.Value.UploadTimeout
            );
            return null;
        }
    }

    private async Task<string?> FetchInTimeAsync(string name, string next, string path, CancellationToken cancellation)
    {
        using var answer = await publisher.GetAsync(
            new Uri($"internal/repository/packages/{Uri.EscapeDataString(name)}", UriKind.Relative),
            cancellation
        );
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        var package = await answer.Content.ReadFromJsonAsync<Package>(cancellation);
        var running = (package?.Files ?? [])
            .Where(file => file.Version != next && file.Suites.Any(suite => suite.IsOffered))
            .OrderBy(file => file.Suites.All(suite => suite.Suite == CanarySuite))
            .FirstOrDefault();
        return running is not null && await DownloadAsync(running, path, cancellation) ? running.Version : null;
    }

    private async Task<bool> DownloadAsync(PackageFile file, string path, CancellationToken cancellation)
    {
        using var answer = await publisher.GetAsync(
            new Uri($"repository/{file.FileName}", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            cancellation
        );
        answer.EnsureSuccessStatusCode();
        await using (var target = File.Create(path))
        {
            await answer.Content.CopyToAsync(target, cancellation);
        }

        await using var content = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)) == file.Sha256;
    }

    private sealed record Package(IReadOnlyList<PackageFile> Files);

    private sealed record PackageFile(string Version, string FileName, string Sha256, IReadOnlyList<ListedIn> Suites);

    private sealed record ListedIn(string Suite, bool IsOffered);
}
