using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.RepositoryPublisher.Access;

/// <summary>Basic authentication (RFC 7617), which apt and browsers have.</summary>
internal static class BasicAccess
{
    private const string Scheme = "Basic";

    /// <summary>Lets in whoever is a user, where the repository has users; who has a token of this server is let in as well, but
    /// for the tokens of single applications: a repository holds the packages of all.</summary>
    public static TBuilder ForUsers<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.AddEndpointFilter<TBuilder, Filter>();

    private static (string User, string Password)? Presented(HttpRequest request)
    {
        if (
            !AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            || !Scheme.Equals(header.Scheme, StringComparison.OrdinalIgnoreCase)
            || header.Parameter is not { } encoded
        )
        {
            return null;
        }

        var bytes = new byte[encoded.Length];
        return
            Convert.TryFromBase64String(encoded, bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var user, var password]
            ? (user, password)
            : null;
    }

    private sealed class Filter(RepositoryAccess access, RefusedPasswords refused) : IEndpointFilter
    {
        public async ValueTask<object?> InvokeAsync(
            EndpointFilterInvocationContext context,
            EndpointFilterDelegate next
        )
        {
            var http = context.HttpContext;
            if (!access.IsRestricted || IsOfThisServer(http.User))
            {
                return await next(context);
            }

            http.Response.Headers.Vary = "Authorization";
            var answer = Presented(http.Request) is var (user, password)
                ? await access.AskAsync(user, password, ClientAddress.Of(http), http.RequestAborted)
                : (AccessAnswer?)null;
            if (answer == AccessAnswer.Allowed)
            {
                return await next(context);
            }

            if (answer is not null)
            {
                refused.Add(http.Connection.RemoteIpAddress, "It opens nothing here.");
            }

            return answer == AccessAnswer.TooManyTries ? Later(http) : Ask(http);
        }

        private static bool IsOfThisServer(ClaimsPrincipal user) =>
            user.Identity?.IsAuthenticated == true && !user.IsInRole(Roles.Application);

        private static ProblemHttpResult Ask(HttpContext http)
        {
            http.Response.Headers.WWWAuthenticate = $"{Scheme} realm=\"package repository\", charset=\"UTF-8\"";
            return Problems.Result(
                StatusCodes.Status401Unauthorized,
                RepositoryPublisherCodes.PasswordMissing,
                "The package repository wants a user and a password.",
                "Write them to /etc/apt/auth.conf.d/canary.conf of the host, or let canary-host setup (without the package: hosts/install.sh) do it "
                    + "(--repository-user)."
            );
        }

        private static ProblemHttpResult Later(HttpContext http)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(RepositoryAccess.Pause.TotalSeconds)
                .ToString(CultureInfo.InvariantCulture);
            return Problems.Result(
                StatusCodes.Status429TooManyRequests,
                RepositoryPublisherCodes.PasswordsTooMany,
                "This address has shown too many wrong passwords.",
                "Wait as long as Retry-After says, and correct /etc/apt/auth.conf.d/canary.conf of the hosts behind it."
            );
        }
    }
}
