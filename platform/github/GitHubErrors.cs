using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Canary.Failures;
using Octokit;
using Polly.Timeout;

namespace Canary.GitHub;

/// <summary>What can go wrong with GitHub, and what to do about it.</summary>
public static class GitHubErrors
{
    private const int LongestQuotation = 200;

    private const string Wait = "wait";

    /// <summary>Whether the same may work later without anybody doing something.</summary>
    public static bool IsTransient(CanaryException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        return exception.Code is GitHubCodes.GithubUnreachable or GitHubCodes.GithubLimited;
    }

    /// <summary>Whether GitHub knows no such thing, or does not show it.</summary>
    public static bool IsNotFound(CanaryException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        return exception.Code == GitHubCodes.GithubNotFound;
    }

    /// <summary>How long GitHub does not want to be asked; <c>null</c>: it does not say.</summary>
    public static TimeSpan? WaitOf(CanaryException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        return exception.Data[Wait] as TimeSpan?;
    }

    internal static CanaryException NotConfigured() =>
        new(
            GitHubCodes.GithubNotConfigured,
            "GitHub is needed, but neither an App nor a token is configured.",
            "Set github.app-id and github.private-key-file, or github.token-file: docs/github.md."
        );

    internal static CanaryException Unreadable(string path, string why, Exception? exception = null) =>
        new(
            GitHubCodes.GithubCredentialsUnreadable,
            $"The file {path} {why}",
            "Check its path, owner, mode and content, and that github.private-key-file or github.token-file names it.",
            exception
        );

    internal static CanaryException Limited(TimeSpan left) =>
        new(
            GitHubCodes.GithubLimited,
            $"GitHub has had too many requests, and is asked again in {Math.Ceiling(left.TotalSeconds):0} s.",
            "Nothing: it is asked again when it allows it. If it stays, see what else uses the same App or token."
        )
        {
            Data = { [Wait] = left },
        };

    internal static CanaryException LedElsewhere(Uri address) =>
        new(
            GitHubCodes.GithubError,
            $"GitHub's answer leads to {address.Authority}, and nothing is asked there with these credentials.",
            "See that github.address is the address of the API itself, and that no proxy answers in its place."
        );

    /// <summary>What something that the client library or the connection threw means.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="address">Where it was asked.</param>
    internal static CanaryException Of(Exception exception, GitHubAddress address) =>
        exception switch
        {
            CanaryException known => known,
            AuthorizationException refused => new CanaryException(
                GitHubCodes.GithubCredentialsRefused,
                $"GitHub at {address.Api.Authority} does not take our credentials ({Said(refused)}).",
                "Check github.app-id and github.private-key-file, and the clock of this machine; or put a token that is still "
                    + "valid into github.token-file.",
                exception
            ),
            ForbiddenException denied => Denied(denied),
            LegalRestrictionException restricted => Rejected(restricted),
            NotFoundException missing => new CanaryException(
                GitHubCodes.GithubNotFound,
                $"GitHub at {address.Api.Authority} knows no such thing, or our App or token may not see it ({Said(missing)}).",
                "Install the App on the repository, or give the token access to it; and see that nobody has deleted it.",
                exception
            ),
            ApiValidationException invalid => Rejected(invalid),
            ApiException
            {
                StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout
            } failed => Unreachable(address, $"it answers {Number(failed)}", exception),
            ApiException { StatusCode: HttpStatusCode.Conflict } conflict => Rejected(conflict),
            ApiException other => new CanaryException(
                GitHubCodes.GithubError,
                $"GitHub at {address.Api.Authority} answers {Number(other)} ({Said(other)}).",
                "See that github.address is the address of the API.",
                exception
            ),
            HttpRequestException
            or IOException
            or SocketException
            or OperationCanceledException
            or TimeoutRejectedException => Unreachable(address, WhyOf(exception), exception),
            // The library says so of what is no JSON, or other JSON than GitHub's.
            _ => new CanaryException(
                GitHubCodes.GithubUnreachable,
                $"What GitHub at {address.Api.Authority} answers cannot be read.",
                "Nothing, if it passes. Else see that github.address is the address of the API, and that no proxy answers in its "
                    + "place.",
                exception
            ),
        };

    private static CanaryException Unreachable(GitHubAddress address, string why, Exception exception) =>
        new(
            GitHubCodes.GithubUnreachable,
            $"GitHub at {address.Api.Authority} cannot be asked: {why}.",
            "Nothing, if it passes: it is tried again. Else see that this machine reaches github.address.",
            exception
        );

    private static string WhyOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return $"its certificate is not trusted ({cause.Message.TrimEnd('.')}); github.ca-file may name its authority";
            }
        }

        return exception is OperationCanceledException or TimeoutRejectedException
            ? "it does not answer in time"
            : exception.Message.TrimEnd('.');
    }

    /// <summary>GitHub names what would have sufficed (docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).</summary>
    private static CanaryException Denied(ForbiddenException denied)
    {
        var needed = denied.HttpResponse?.Headers is { } headers
            ? headers
                .Where(header => header.Key.Equals("X-Accepted-GitHub-Permissions", StringComparison.OrdinalIgnoreCase))
                .Select(header => header.Value)
                .FirstOrDefault()
            : null;
        return new CanaryException(
            GitHubCodes.GithubDenied,
            $"GitHub does not allow it ({Said(denied)})"
                + (string.IsNullOrEmpty(needed) ? "." : $"; it takes the permission {Quote(needed)}."),
            "Give the App or the token the permission, and let the owner accept it; docs/github.md lists all.",
            denied
        );
    }

    private static CanaryException Rejected(ApiException rejected) =>
        new(
            GitHubCodes.GithubRejected,
            $"GitHub does not accept it ({Number(rejected)}: {Said(rejected)}).",
            "Look at what GitHub says of it.",
            rejected
        );

    private static string Number(ApiException exception) =>
        ((int)exception.StatusCode).ToString(CultureInfo.InvariantCulture);

    /// <summary>In one line and within bounds: it ends up before people.</summary>
    private static string Said(ApiException exception)
    {
        var errors = exception.ApiError?.Errors?.Select(error => error.Message ?? $"{error.Field} {error.Code}") ?? [];
        var said = string.Join(
            "; ",
            errors.Prepend(exception.ApiError?.Message).Where(it => !string.IsNullOrWhiteSpace(it))
        );
        return said.Length > 0 ? Quote(said) : Number(exception);
    }

    private static string Quote(string said)
    {
        var line = new string([.. said.Trim().Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length > LongestQuotation ? line[..LongestQuotation] + "…" : line;
    }
}
