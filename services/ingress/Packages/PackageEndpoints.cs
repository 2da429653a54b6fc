using System.Security.Claims;
using Canary.Contracts;
using Canary.Contracts.Packaging;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.AptRepository;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Packages;

/// <summary>Packages that were built elsewhere.</summary>
internal static class PackageEndpoints
{
    /// <summary>Stands for the branch that there is none of.</summary>
    private const string Branch = "upload";

    /// <summary>Bytes that make a SHA-256, in hexadecimal digits.</summary>
    private const int DigestLength = 64;

    /// <param name="routes">Routes under <c>/api</c> that change something.</param>
    public static void MapPackages(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/packages", UploadAsync)
            .RequireOperatorOrApplication()
            .WithName("UploadPackage")
            .WithSummary("Releases a package that was built elsewhere: the body is the file.")
            .Accepts<Stream>("application/vnd.debian.binary-package", "application/octet-stream");

    /// <param name="http">The request; its body is the file.</param>
    /// <param name="publisher">Gets the file.</param>
    /// <param name="run">Starts the release.</param>
    /// <param name="sha256">SHA-256 of the file.</param>
    /// <param name="application">The application; default: that of the token.</param>
    /// <param name="by">Who asks; default <c>operator</c>.</param>
    /// <param name="promote">Whether healthy canaries go on to production by themselves.</param>
    private static async Task<Results<Accepted<ReleaseView>, Ok<ReleaseView>, ProblemHttpResult>> UploadAsync(
        HttpContext http,
        PublisherClient publisher,
        ManualRun run,
        string? sha256 = null,
        string? application = null,
        string? by = null,
        bool promote = false
    )
    {
        var own = http.User.FindFirstValue(Roles.ApplicationClaim);
        application ??= own;
        if (WhyNot(application, own, sha256) is { } refusal)
        {
            return refusal;
        }

        // The publisher knows how much it takes.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
        {
            bodySize.MaxRequestBodySize = null;
        }

        var answer = await publisher.UploadAsync(
            application!,
            sha256!,
            http.Request.Body,
            http.Request.ContentLength,
            http.RequestAborted
        );
        return answer.Value is { } package
            ? await run.ReleaseUploadAsync(DraftOf(package, application!, own, by, promote), http.RequestAborted)
            : answer.Problem!;
    }

    /// <summary>A release of it looks like one of a commit, whose id is the digest of the file.</summary>
    private static PushDraft DraftOf(
        PackageReference package,
        string application,
        string? own,
        string? by,
        bool promote
    ) =>
        new()
        {
            Application = application,
            IsApplicationChosen = true,
            Upload = package,
            Source = new SourceReference
            {
                Repository = $"package:{package.Name}",
                CloneUrl = $"package:{package.Name}",
                Branch = Branch,
                Commit = package.Sha256,
            },
            Deploys = true,
            // What a program brings is as automatic as a push.
            IsRequested = own is null,
            Promotes = promote,
            Pusher = own is null
                ? PlainText.Line(by, PushDraft.LongestPusher) ?? "operator"
                : $"the package token of {own}",
            Title = $"{package.Name} {package.Version} ({package.Architecture}) from elsewhere",
        };

    private static ProblemHttpResult? WhyNot(string? application, string? own, string? sha256) =>
        application is null || !ApplicationName.IsValid(application)
            ? Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.ApplicationInvalid,
                $"'{PlainText.Line(application, 100)}' is no name of an application.",
                "Name it: POST /api/packages?application=APP&sha256=SHA256."
            )
        : own is not null && own != application
            ? Problems.Result(
                StatusCodes.Status403Forbidden,
                IngressCodes.PackageTokenForeign,
                $"The token is good for packages of {own}, not of {application}.",
                $"Use the token of {application} (ingress.package-token-files), or that of an operator."
            )
        : sha256 is not { Length: DigestLength } || !sha256.All(char.IsAsciiHexDigitLower)
            ? Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.DigestMissing,
                "The address does not say the SHA-256 of the file.",
                "Add what 'sha256sum FILE' prints: POST /api/packages?application=APP&sha256=SHA256."
            )
        : null;
}
