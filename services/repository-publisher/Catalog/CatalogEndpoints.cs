using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Signing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Catalog;

/// <summary>The repository for people, who ask ingress.</summary>
internal static class CatalogEndpoints
{
    public static void MapCatalog(this IEndpointRouteBuilder routes)
    {
        var catalog = routes.MapGroup("/internal/repository").RequireService();
        catalog.MapGet(
            "/packages",
            async (string? suite, PackageCatalog packages, CancellationToken cancellationToken) =>
                TypedResults.Ok(await packages.ListAsync(suite, cancellationToken))
        );
        catalog.MapGet("/packages/{name}", ShowAsync);
        catalog.MapGet("/files/{sha256}", FindAsync);
        catalog.MapPost(
            "/verification",
            async (bool? quick, RepositoryVerifier verifier, CancellationToken cancellationToken) =>
                TypedResults.Ok(await verifier.VerifyAsync(readsFiles: quick != true, cancellationToken))
        );
        catalog.MapGet(
            "/garbage",
            async (PackagePool pool, CancellationToken cancellationToken) =>
                TypedResults.Ok(await pool.CollectAsync(removes: false, cancellationToken))
        );
        catalog.MapDelete(
            "/garbage",
            async (PackagePool pool, CancellationToken cancellationToken) =>
                TypedResults.Ok(await pool.CollectAsync(removes: true, cancellationToken))
        );
        catalog.MapGet("/keys", Keys);
        catalog.MapPost("/keys/rotation", RotateAsync);
        catalog.MapDelete("/keys/rotation", RetireAsync);
    }

    private static async Task<Results<Ok<CatalogPackage>, ProblemHttpResult>> ShowAsync(
        string name,
        string? version,
        PackageCatalog packages,
        CancellationToken cancellationToken
    ) =>
        await packages.FindAsync(name, version, cancellationToken) is { } package
            ? TypedResults.Ok(package)
            : Unknown(version is null ? "package of that name" : "such version of the package");

    private static async Task<Results<Ok<CatalogOrigin>, ProblemHttpResult>> FindAsync(
        string sha256,
        PackageCatalog packages,
        SigningKeys keys,
        CancellationToken cancellationToken
    ) =>
        await packages.FindFileAsync(sha256, cancellationToken) is { } found
            ? TypedResults.Ok(
                new CatalogOrigin(found.Application, found.File, [.. keys.Now.All.Select(key => key.Fingerprint)])
            )
            : Unknown("file with that checksum");

    private static ProblemHttpResult Unknown(string what) =>
        Problems.Result(
            StatusCodes.Status404NotFound,
            RepositoryPublisherCodes.PackageUnknown,
            $"The repository has no {what}.",
            "See what it has: canary repo list."
        );

    private static Ok<KeyList> Keys(SigningKeys keys, IOptions<RepositoryPublisherOptions> options)
    {
        var now = keys.Now;
        return TypedResults.Ok(
            new KeyList(
                [
                    .. now.All.Select(key => new KeyView
                    {
                        Fingerprint = key.Fingerprint,
                        Algorithm = key.Algorithm,
                        Role = key == now.Current ? "current" : "next",
                        CreatedAt = key.CreatedAt,
                        ExpiresAt = key.ExpiresAt,
                    }),
                ],
                now.Next?.CreatedAt + options.Value.Signing.RotationPeriod
            )
        );
    }

    private static async Task<Ok<KeyList>> RotateAsync(
        KeyRotation rotation,
        SigningKeys keys,
        IOptions<RepositoryPublisherOptions> options,
        CancellationToken cancellationToken
    )
    {
        await rotation.RotateAsync(cancellationToken);
        return Keys(keys, options);
    }

    private static async Task<Results<Ok<KeyList>, ProblemHttpResult>> RetireAsync(
        bool? early,
        KeyRotation rotation,
        SigningKeys keys,
        IOptions<RepositoryPublisherOptions> options,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await rotation.RetireAsync(early == true, cancellationToken);
            return Keys(keys, options);
        }
        catch (CanaryException e)
            when (e.Code is RepositoryPublisherCodes.KeyNotRotating or RepositoryPublisherCodes.KeyRotationTooYoung)
        {
            return Problems.Result(StatusCodes.Status409Conflict, e);
        }
    }
}
