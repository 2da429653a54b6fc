using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Http;

/// <summary>Errors over HTTP: problem details (RFC 9457) with a <c>code</c> for scripts and a <c>remedy</c> for
/// people.</summary>
public static class Problems
{
    /// <summary>Makes an error answer.</summary>
    /// <param name="status">HTTP status, 400 to 599.</param>
    /// <param name="code">Stable identifier, lower-case words joined by hyphens.</param>
    /// <param name="detail">What failed, on what.</param>
    /// <param name="remedy">What a person can do about it.</param>
    public static ProblemHttpResult Result(int status, string code, string detail, string remedy) =>
        TypedResults.Problem(
            detail,
            statusCode: status,
            extensions: new Dictionary<string, object?> { ["code"] = code, ["remedy"] = remedy }
        );

    /// <summary>Makes an error answer of an exception.</summary>
    public static ProblemHttpResult Result(int status, CanaryException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        return Result(status, exception.Code, exception.Message, exception.Remedy);
    }
}

/// <summary>Turns what an endpoint throws into a problem.</summary>
internal sealed class ProblemExceptionHandler(
    DataDirectory data,
    IStorage storage,
    ILogger<ProblemExceptionHandler> logger
) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        var problem = exception switch
        {
            CanaryException known => Problems.Result(StatusCodes.Status400BadRequest, known),
            BadHttpRequestException bad => Problems.Result(
                bad.StatusCode,
                CodeOf(bad),
                bad.Message,
                "Correct the request and send it again."
            ),
            _ when StorageFault.From(exception, data.Root, "send the request again") is { } full => Problems.Result(
                StatusCodes.Status507InsufficientStorage,
                full
            ),
            _ when storage.IsUnavailable(exception) => Problems.Result(
                StatusCodes.Status503ServiceUnavailable,
                HostingCodes.DatabaseUnavailable,
                "The database does not answer.",
                "Try again; /health/ready tells when it is back. If it stays away, look at the database server."
            ),
            _ => null,
        };
        if (problem?.StatusCode is null or StatusCodes.Status507InsufficientStorage)
        {
            logger.LogError(exception, "{Method} {Path} failed", httpContext.Request.Method, httpContext.Request.Path);
        }

        if (problem is null)
        {
            problem = Problems.Result(
                StatusCodes.Status500InternalServerError,
                HostingCodes.InternalError,
                "The server met an error that it did not expect.",
                "Look for the same time in the server's log; trying again is safe."
            );
        }

        httpContext.Response.Clear();
        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private static string CodeOf(BadHttpRequestException bad) =>
        bad.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => HostingCodes.BodyTooLarge,
            StatusCodes.Status408RequestTimeout => HostingCodes.BodyTooSlow,
            _ => HostingCodes.BadRequest,
        };
}
