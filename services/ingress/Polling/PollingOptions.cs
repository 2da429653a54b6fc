using System.ComponentModel.DataAnnotations;

namespace Canary.Ingress.Polling;

/// <summary>How repositories are looked at for pushes that nothing announced; section <c>ingress.polling</c>.</summary>
public sealed class PollingOptions
{
    internal static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    internal static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How often a repository with the source <c>git</c> is looked at, unless its entry says. Each look comes up to a tenth
    /// earlier or later. 1 second to 1 day; default 1 minute.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a repository at GitHub is looked at, unless its entry says, where an App or a token is configured (section
    /// <c>github</c>): what a webhook that was lost should have announced is found. 1 second to 1 day; default 5 minutes.</summary>
    public TimeSpan GithubInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Requests that GitHub must allow in the hour for repositories to be looked at: the rest is left to what is more urgent. 0 to
    /// 100,000; default 500.</summary>
    [Range(0, 100_000)]
    public int GithubReserve { get; set; } = 500;

    /// <summary>How many repositories are looked at side by side, and for heads of pull requests as many. 1 to 64; default 4.</summary>
    [Range(1, 64)]
    public int AtOnce { get; set; } = 4;

    /// <summary>How long one look may take, or asking for the head of a pull request. 1 second to 10 minutes; default 30 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time between two looks at a repository that cannot be read: it doubles with each. The interval to 1 day; default
    /// 30 minutes.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromMinutes(30);

    internal IEnumerable<ValidationResult> Problems()
    {
        foreach (
            var (value, least, most, name) in new[]
            {
                (Interval, Shortest, Longest, nameof(Interval)),
                (GithubInterval, Shortest, Longest, nameof(GithubInterval)),
                (Timeout, Shortest, TimeSpan.FromMinutes(10), nameof(Timeout)),
                (RetryAtMost, Interval, Longest, nameof(RetryAtMost)),
            }
        )
        {
            if (value < least || value > most)
            {
                yield return new ValidationResult($"{value} is not between {least} and {most}.", [$"Polling.{name}"]);
            }
        }
    }
}
