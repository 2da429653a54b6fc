using System.Text;
using Canary.Contracts;
using Canary.Failures;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Packages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.RepositoryPublisher.Names;

/// <summary>A package that is not built yet.</summary>
internal sealed record AdmissionRequest
{
    /// <summary>The application; <c>null</c>: not known, and its rights do not matter.</summary>
    public string? Application { get; init; }

    /// <summary>The repository that it is made from; <c>null</c>: not known.</summary>
    public string? Repository { get; init; }

    /// <summary>Whether the configuration gives the application to that repository by name.</summary>
    public bool IsApplicationConfigured { get; init; }

    /// <summary>Its control file.</summary>
    public required string Control { get; init; }
}

/// <summary>All that the repository would refuse.</summary>
internal sealed record AdmissionAnswer(IReadOnlyList<Failure> Faults);

/// <summary>Says what would be refused before anybody builds it. Nothing is claimed; apt and dpkg read the package when it is
/// there.</summary>
internal static class AdmissionEndpoints
{
    public static void MapAdmission(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/internal/admission", AskAsync).RequireService();

    private static async Task<Ok<AdmissionAnswer>> AskAsync(
        AdmissionRequest request,
        PackageAdmission admission,
        NameOwnership names,
        RepositoryStore store,
        CancellationToken cancellationToken
    )
    {
        var faults = new List<Failure>();
        DebFile? package = null;
        await CollectAsync(() =>
        {
            package = DebFile.From(ControlParagraph.Parse(Encoding.UTF8.GetBytes(request.Control)));
            admission.Check(package);
            return Task.CompletedTask;
        });
        if (package is not null)
        {
            await CollectAsync(() => ClaimAsync(package));
        }

        return TypedResults.Ok(new AdmissionAnswer([.. faults.DistinctBy(fault => fault.Message)]));

        Task ClaimAsync(DebFile package) =>
            request.Application is { } application
                ? names.ClaimAsync(
                    store,
                    new Publication(application, request.Repository, request.IsApplicationConfigured),
                    package,
                    cancellationToken
                )
                : Task.CompletedTask;

        async Task CollectAsync(Func<Task> check)
        {
            try
            {
                await check();
            }
            catch (CanaryException fault)
            {
                faults.Add(fault.ToFailure());
            }
        }
    }
}
