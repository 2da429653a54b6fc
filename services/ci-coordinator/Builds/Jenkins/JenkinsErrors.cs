using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>What can go wrong between Jenkins and us, whose fault it is, and what to do about it.</summary>
internal static class JenkinsErrors
{
    private const string Section = "ci-coordinator.builds.jenkins";
    private const int LongestQuotation = 200;

    /// <summary>Whether waiting helps.</summary>
    public static bool IsTransient(this CanaryException exception) =>
        exception.Code == CiCoordinatorCodes.JenkinsUnavailable;

    public static CanaryException NoAnswer(JenkinsOptions options, Exception exception) =>
        exception.InnerException is AuthenticationException distrust
            ? new CanaryException(
                CiCoordinatorCodes.JenkinsUntrusted,
                $"The certificate of Jenkins at {options.Address} is not trusted: {distrust.Message}",
                $"Use a name in {Section}.address that the certificate holds, and let this machine trust its authority: a PEM file in "
                    + "/usr/local/share/ca-certificates, then update-ca-certificates.",
                exception
            )
            : Unavailable(options, $"does not answer: {exception.Message}", exception);

    public static CanaryException Slow(JenkinsOptions options, Exception exception) =>
        Unavailable(options, $"does not answer within {options.RequestTimeout.TotalSeconds:0.#} s.", exception);

    public static CanaryException Unreadable(JenkinsOptions options, Exception? exception = null) =>
        Unavailable(
            options,
            "gives an answer that cannot be read" + (exception is null ? "." : $": {exception.Message}"),
            exception
        );

    /// <summary>What an answer that is no success means.</summary>
    /// <param name="options">Where Jenkins is.</param>
    /// <param name="response">The answer.</param>
    /// <param name="what">What was to be done.</param>
    public static CanaryException Refused(JenkinsOptions options, HttpResponseMessage response, string what)
    {
        var status = (int)response.StatusCode;
        var number = status.ToString(CultureInfo.InvariantCulture);
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new CanaryException(
                CiCoordinatorCodes.JenkinsRefused,
                $"Jenkins at {options.Address} does not know the user {options.User}, or not with this token or password.",
                $"Make an API token of {options.User} in Jenkins (Security, in the user's menu) and put it into {options.SecretFile}."
            ),
            HttpStatusCode.Forbidden => new CanaryException(
                CiCoordinatorCodes.JenkinsRefused,
                $"Jenkins at {options.Address} does not let the user {options.User} {what}.",
                $"Give {options.User} the permissions Overall/Read, Job/Read, Job/Build and Job/Cancel."
            ),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => new CanaryException(
                CiCoordinatorCodes.JenkinsAddressWrong,
                $"At {options.Address} the answer is another address: {PlaceOf(response)}.",
                $"Set {Section}.address to where Jenkins itself answers; credentials are sent nowhere else."
            ),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                Unavailable(options, $"could not {what}: it answered {number}.", exception: null),
            _ => new CanaryException(
                CiCoordinatorCodes.JenkinsAddressWrong,
                $"Jenkins at {options.Address} could not {what}: it answered {number}.",
                $"See that {Section}.address names Jenkins, with its path."
            ),
        };
    }

    public static CanaryException NotJenkins(JenkinsOptions options) =>
        new(
            CiCoordinatorCodes.JenkinsAddressWrong,
            $"What answers at {options.Address} does not say that it is Jenkins.",
            $"Set {Section}.address to that of Jenkins, with its path."
        );

    public static CanaryException NoSecret(string path, Exception exception) =>
        new(
            CiCoordinatorCodes.JenkinsSecretUnreadable,
            $"The file of the token or password for Jenkins, {path}, cannot be read: {exception.Message}",
            $"Make the file, readable by the user that runs ci-coordinator, or correct {Section}.token-file.",
            exception
        );

    public static CanaryException JobMissing(JenkinsOptions options, JenkinsJob job) =>
        new(
            CiCoordinatorCodes.JenkinsJobMissing,
            $"Jenkins at {options.Address} shows the user {options.User} no job {job.Name}.",
            $"Make the job, give {options.User} the permission Job/Read on it, or correct {Section}.job."
        );

    public static CanaryException JobUnfit(JenkinsJob job, string problem, string remedy) =>
        new(CiCoordinatorCodes.JenkinsJobUnfit, $"The Jenkins job {job.Name} {problem}", remedy);

    /// <summary>What Jenkins says, for messages of ours.</summary>
    public static string Quote(string? said)
    {
        var text = PrintableText.Of(said ?? "").ReplaceLineEndings(" ").Trim();
        return text.Length > LongestQuotation ? text[..LongestQuotation] + "…" : text;
    }

    private static CanaryException Unavailable(JenkinsOptions options, string problem, Exception? exception) =>
        new(
            CiCoordinatorCodes.JenkinsUnavailable,
            $"Jenkins at {options.Address} {problem}",
            $"See that Jenkins runs and that {Section}.address names it; then {Remedies.ReleaseAgain}.",
            exception
        );

    private static string PlaceOf(HttpResponseMessage response) =>
        response.Headers.Location is { } place
            ? Quote(
                place.IsAbsoluteUri
                    ? place.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
                    : place.OriginalString
            )
            : "it says not which";
}
