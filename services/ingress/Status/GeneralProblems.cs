using Canary.Hosting;

namespace Canary.Ingress.Status;

/// <summary>Completes the problems that no endpoint of ours has written.</summary>
internal static class GeneralProblems
{
    public static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem.Extensions.ContainsKey("code"))
        {
            return;
        }

        var request = context.HttpContext.Request;
        var (code, detail, remedy) = problem.Status switch
        {
            StatusCodes.Status404NotFound => (
                IngressCodes.NotFound,
                $"There is nothing at {request.Path}.",
                "Check the address; the API is under /api, the dashboard at /."
            ),
            StatusCodes.Status405MethodNotAllowed => (
                IngressCodes.MethodNotAllowed,
                $"{request.Path} does not take {request.Method}.",
                "Use the method that the header Allow names."
            ),
            StatusCodes.Status415UnsupportedMediaType => (
                IngressCodes.ContentTypeUnsupported,
                $"The content type '{request.ContentType}' is not taken here.",
                "Send application/json, or application/octet-stream where the body is a file."
            ),
            StatusCodes.Status400BadRequest => (
                HostingCodes.BadRequest,
                problem.Detail ?? "The request cannot be read.",
                "Correct the request and send it again."
            ),
            _ => (
                IngressCodes.Unexpected,
                problem.Detail ?? problem.Title ?? "The request failed.",
                "Look into the server's log."
            ),
        };
        problem.Detail = detail;
        problem.Extensions["code"] = code;
        problem.Extensions["remedy"] = remedy;
    }
}
