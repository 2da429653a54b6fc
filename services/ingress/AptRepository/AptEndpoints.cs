using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.AptRepository;

/// <summary>The package repository over HTTP: the publisher has it, and is asked.</summary>
internal static class AptEndpoints
{
    public static IServiceCollection AddAptRepository(this IServiceCollection services)
    {
        // Somebody waits, and says whether to try again. The method is marked as experimental; nothing else says the same.
#pragma warning disable EXTEXP0001
        services.AddServiceClient<PublisherClient>("repository-publisher").RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        return services.AddScoped<PackageOrigins>();
    }

    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapAptRepository(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                "/apt/packages",
                async (string? suite, PublisherClient publisher, CancellationToken cancellationToken) =>
                    (await publisher.ListAsync(suite, cancellationToken)).ToResult()
            )
            .WithName("ListPackages")
            .WithSummary("Lists the packages of the repository, and what each suite offers.");
        routes
            .MapGet("/apt/packages/{name}", ShowAsync)
            .WithName("GetPackage")
            .WithSummary(
                "Gets each file of a package: which suites list it, which release made it, which hosts have it."
            );
        routes
            .MapGet("/apt/files/{sha256}", FindAsync)
            .WithName("FindPackageFile")
            .WithSummary(
                "Says of a file, by its SHA-256, whose it is, which commit it was made of and which keys vouch for it."
            );
        routes
            .MapPost(
                "/apt/verification",
                async (bool? quick, PublisherClient publisher, CancellationToken cancellationToken) =>
                    (await publisher.VerifyAsync(quick == true, cancellationToken)).ToResult()
            )
            .RequireOperator()
            .WithName("VerifyRepository")
            .WithSummary(
                "Reads every signature, index and file of the repository and compares them with the database."
            );
        routes
            .MapGet(
                "/apt/unneeded",
                async (PublisherClient publisher, CancellationToken cancellationToken) =>
                    (await publisher.FindUnneededAsync(cancellationToken)).ToResult()
            )
            .WithName("ListUnneededFiles")
            .WithSummary("Lists files that no suite has listed for long and no host needs.");
        routes
            .MapDelete("/apt/unneeded", CollectAsync)
            .RequireOperator()
            .WithName("RemoveUnneededFiles")
            .WithSummary("Removes them.");
        routes
            .MapGet(
                "/apt/keys",
                async (PublisherClient publisher, CancellationToken cancellationToken) =>
                    (await publisher.KeysAsync(cancellationToken)).ToResult()
            )
            .WithName("ListSigningKeys")
            .WithSummary("Lists the keys that sign the repository.");
        routes
            .MapPost("/apt/keys/rotation", RotateAsync)
            .RequireOperator()
            .WithName("RotateSigningKey")
            .WithSummary("Makes the key that takes the place of the present one; both sign until that is retired.");
        routes
            .MapPost("/apt/keys/retirement", RetireAsync)
            .RequireOperator()
            .WithName("RetireSigningKey")
            .WithSummary("Removes the older of two keys.");
        routes.MapImport();
    }

    private static async Task<Results<Ok<PackageDetails>, ProblemHttpResult>> ShowAsync(
        string name,
        string? version,
        PublisherClient publisher,
        PackageOrigins origins,
        CancellationToken cancellationToken
    )
    {
        var answer = await publisher.ShowAsync(name, version, cancellationToken);
        return answer.Value is { } package
            ? TypedResults.Ok(
                package with
                {
                    Files = await origins.CompleteAsync(package.Application, package.Files, cancellationToken),
                }
            )
            : answer.ToResult();
    }

    private static async Task<Results<Ok<PackageOrigin>, ProblemHttpResult>> FindAsync(
        string sha256,
        PublisherClient publisher,
        PackageOrigins origins,
        CancellationToken cancellationToken
    )
    {
        var answer = await publisher.FindAsync(sha256, cancellationToken);
        return answer.Value is { } origin
            ? TypedResults.Ok(
                origin with
                {
                    File = (await origins.CompleteAsync(origin.Application, [origin.File], cancellationToken))[0],
                }
            )
            : answer.ToResult();
    }

    private static async Task<Results<Ok<UnneededFiles>, ProblemHttpResult>> CollectAsync(
        string? by,
        PublisherClient publisher,
        AuditLog audit,
        CancellationToken cancellationToken
    )
    {
        var answer = await publisher.RemoveUnneededAsync(cancellationToken);
        if (answer.Value is { } removed)
        {
            await audit.WriteAsync(
                Decision.Of(AuditedActions.RemoveUnneededFiles, new Decision { By = by }) with
                {
                    Detail = $"{removed.Files.Count} files, {removed.Size} bytes",
                },
                cancellationToken
            );
        }

        return answer.ToResult();
    }

    private static async Task<Results<Ok<SigningKeyList>, ProblemHttpResult>> RotateAsync(
        Decision? decision,
        PublisherClient publisher,
        AuditLog audit,
        CancellationToken cancellationToken
    ) =>
        await RecordAsync(
            await publisher.RotateAsync(cancellationToken),
            AuditedActions.RotateSigningKey,
            decision,
            audit,
            cancellationToken
        );

    private static async Task<Results<Ok<SigningKeyList>, ProblemHttpResult>> RetireAsync(
        Decision? decision,
        bool? early,
        PublisherClient publisher,
        AuditLog audit,
        CancellationToken cancellationToken
    ) =>
        await RecordAsync(
            await publisher.RetireAsync(early == true, cancellationToken),
            AuditedActions.RetireSigningKey,
            decision,
            audit,
            cancellationToken
        );

    private static async Task<Results<Ok<SigningKeyList>, ProblemHttpResult>> RecordAsync(
        Answer<SigningKeyList> answer,
        string action,
        Decision? decision,
        AuditLog audit,
        CancellationToken cancellationToken
    )
    {
        if (answer.Value is { } keys)
        {
            await audit.WriteAsync(
                Decision.Of(action, decision) with
                {
                    Detail = string.Join(", ", keys.Keys.Select(key => key.Fingerprint)),
                },
                cancellationToken
            );
        }

        return answer.ToResult();
    }
}
