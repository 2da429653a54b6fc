using System.Text.RegularExpressions;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Access;
using Canary.RepositoryPublisher.Signing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Canary.RepositoryPublisher.Serving;

/// <summary>Serves the repository to apt: files as they are, with ranges, conditions and cache rules.</summary>
internal static partial class RepositoryEndpoints
{
    private const string Root = "/repository/";

    private const string NeverChanges = "max-age=31536000, immutable";
    private const string AskEveryTime = "no-cache";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapRepository(this IEndpointRouteBuilder routes)
    {
        // Thousands of hosts may come from one address.
        var repository = routes.MapGroup(Root).OpenToStrangers().UnderAnyHostName().DisableRateLimiting();
        repository.MapMethods(
            $"{RepositoryLayout.KeyringName}.pgp",
            Reading,
            (SigningKeys keys) => TypedResults.Bytes(keys.Now.Keyring, "application/pgp-keys")
        );
        repository.MapMethods(
            $"{RepositoryLayout.KeyringName}.asc",
            Reading,
            (SigningKeys keys) => TypedResults.Bytes(keys.Now.ArmoredKeyring, "application/pgp-keys")
        );
        var guarded = repository.MapGroup("").ForUsers();
        guarded.MapMethods("/", Reading, ShowIndexAsync);
        guarded.MapMethods("dists/{**path}", Reading, ServeFile);
        guarded.MapMethods("pool/{**path}", Reading, ServeFile);
    }

    private static async Task<IResult> ShowIndexAsync(
        HttpContext context,
        IOptions<RepositoryPublisherOptions> options,
        IOptions<HostingOptions> hosting,
        SigningKeys keys,
        IndexListing listing
    )
    {
        var request = context.Request;
        if (!request.Path.Value!.EndsWith('/'))
        {
            return TypedResults.LocalRedirect($"~{Root}", permanent: true);
        }

        var server = hosting.Value.PublicAddress?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}";
        context.Response.Headers.ContentSecurityPolicy = IndexPage.ContentSecurityPolicy;
        return TypedResults.Content(
            IndexPage.Render(
                $"{server}{Root}",
                options.Value,
                keys.Now,
                await listing.ReadAsync(context.RequestAborted)
            ),
            "text/html; charset=utf-8"
        );
    }

    private static Results<FileStreamHttpResult, NotFound> ServeFile(
        HttpContext http,
        RepositoryLayout layout,
        RepositoryAccess access
    )
    {
        var path = http.Request.Path.Value![Root.Length..];
        if (!path.Split('/').All(SafeSegment().IsMatch) || Open(Path.Combine(layout.Public, path)) is not { } file)
        {
            return TypedResults.NotFound();
        }

        // All facts come from the open file: its name may belong to the next generation by now.
        var modified = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        http.Response.Headers.CacheControl = IsImmutable(path)
            ? $"{(access.IsRestricted ? "private" : "public")}, {NeverChanges}"
            : AskEveryTime;
        return TypedResults.Stream(
            file,
            ContentTypeOf(path),
            lastModified: IsIndex(path) ? null : modified,
            entityTag: new EntityTagHeaderValue($"\"{modified.Ticks:x}-{file.Length:x}\""),
            enableRangeProcessing: true
        );
    }

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(
                path,
                new FileStreamOptions
                {
                    Share = FileShare.ReadWrite | FileShare.Delete,
                    BufferSize = 0,
                    Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                }
            );
        }
        catch (Exception e)
            when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // The last one is how the platform says that it is a directory.
            return null;
        }
    }

    private static bool IsImmutable(string path) =>
        path.StartsWith("pool/", StringComparison.Ordinal) || path.Contains("/by-hash/", StringComparison.Ordinal);

    /// <summary>An index that a suite goes back to is an old file: by its date, a client that asks whether it changed would be told
    /// to keep the newer one that it has.</summary>
    private static bool IsIndex(string path) =>
        path.StartsWith("dists/", StringComparison.Ordinal)
        && (
            path.Contains("/binary-", StringComparison.Ordinal) || path.Contains("/Contents-", StringComparison.Ordinal)
        );

    private static string ContentTypeOf(string path) =>
        Path.GetExtension(path) switch
        {
            ".deb" => "application/vnd.debian.binary-package",
            ".gz" => "application/gzip",
            ".json" => "application/json",
            ".gpg" => "application/pgp-signature",
            _ when IsImmutable(path) => "application/octet-stream",
            _ => "text/plain; charset=utf-8",
        };

    /// <summary>No step up, nothing hidden, no empty part; all that package names, versions and checksums are made
    /// of.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.+~_-]*\z")]
    private static partial Regex SafeSegment();
}
