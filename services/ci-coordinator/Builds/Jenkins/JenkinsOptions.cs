using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>The Jenkins of the provider <c>jenkins</c>. Section <c>ci-coordinator:builds:jenkins</c>.</summary>
public sealed partial class JenkinsOptions
{
    /// <summary>Its address, with the path below which it is, for example <c>https://ci.example.org/jenkins</c>.</summary>
    public string? Address { get; set; }

    /// <summary>User that ci-coordinator is in Jenkins.</summary>
    public string? User { get; set; }

    /// <summary>File with an API token of the user; read anew for each request.</summary>
    public string? TokenFile { get; set; }

    /// <summary>File with the user's password, where no API token can be had; read anew for each request.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>The job that builds an application, below its folders, for example <c>team/{application}</c>. <c>{application}</c> and
    /// <c>{branch}</c> stand for the names of what is built; a multibranch job wants the latter: <c>{application}/{branch}</c>. Default:
    /// <c>{application}</c>.</summary>
    public string Job { get; set; } = JenkinsJob.Application;

    /// <summary>Whether jobs take the parameters below. Those of a multibranch job usually take none: they build the head of their
    /// branch, and a release whose commit is not that any more fails. Default: <c>true</c>.</summary>
    public bool TakesParameters { get; set; } = true;

    /// <summary>Name of the parameter that gets the branch. Default: <c>branch</c>.</summary>
    public string BranchParameter { get; set; } = "branch";

    /// <summary>Name of the parameter that gets the commit, 40 hexadecimal digits. Default: <c>commit</c>.</summary>
    public string CommitParameter { get; set; } = "commit";

    /// <summary>Name of the parameter that gets the id by which a build is found again, so that no commit is built twice. Default:
    /// <c>CANARY_BUILD</c>.</summary>
    public string BuildParameter { get; set; } = "CANARY_BUILD";

    /// <summary>Time between two looks at a build, 100 milliseconds to 5 minutes; a notification of Jenkins makes the next one
    /// sooner. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that a build waits in Jenkins' queue, 1 second to 1 day. Default: 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Longest time for an answer, retries included, 1 second to 5 minutes. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a Jenkins that does not answer is asked again before the build fails, 0 to 1 day. Default:
    /// 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan UnavailableTimeout { get; set; } = TimeSpan.FromMinutes(30);

    internal Uri BaseAddress => new(Address!.TrimEnd('/') + "/");

    internal string? SecretFile => TokenFile ?? PasswordFile;

    internal IEnumerable<(string Name, string Problem)> Problems(bool isUsed)
    {
        if (Address is not null && !IsHttp(Address))
        {
            yield return (
                nameof(Address),
                $"'{Address}' is not an address such as https://ci.example.org, without user, query or fragment."
            );
        }

        if (isUsed && Address is null)
        {
            yield return (nameof(Address), "The provider 'jenkins' needs the address of Jenkins.");
        }

        if (isUsed && string.IsNullOrWhiteSpace(User))
        {
            yield return (nameof(User), "The provider 'jenkins' needs the name of a user of Jenkins.");
        }

        if (User?.Contains(':', StringComparison.Ordinal) == true)
        {
            yield return (nameof(User), "A name with a colon cannot be sent to Jenkins.");
        }

        if (TokenFile is not null && PasswordFile is not null)
        {
            yield return (nameof(PasswordFile), "Give an API token or a password, not both.");
        }
        else if (isUsed && SecretFile is null)
        {
            yield return (nameof(TokenFile), "The provider 'jenkins' needs a file with an API token of its user.");
        }

        if (JenkinsJob.ProblemOf(Job) is { } problem)
        {
            yield return (nameof(Job), problem);
        }

        foreach (var fault in ParameterProblems())
        {
            yield return fault;
        }
    }

    private IEnumerable<(string Name, string Problem)> ParameterProblems()
    {
        (string Option, string Value)[] names =
        [
            (nameof(BranchParameter), BranchParameter),
            (nameof(CommitParameter), CommitParameter),
            (nameof(BuildParameter), BuildParameter),
        ];
        foreach (var (option, value) in names)
        {
            if (!ParameterName().IsMatch(value))
            {
                yield return (option, $"'{value}' is not the name of a parameter: letters, digits and _.");
            }
            else if (names.Count(other => other.Value == value) > 1)
            {
                yield return (option, $"'{value}' is the name of another parameter too.");
            }
        }
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && (uri.UserInfo + uri.Query + uri.Fragment).Length == 0;

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,99}\z")]
    private static partial Regex ParameterName();
}
