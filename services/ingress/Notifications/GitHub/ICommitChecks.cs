using Canary.Failures;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>Shows beside a commit how a part of its release is.</summary>
internal interface ICommitChecks
{
    /// <summary>Says it; it may be said again.</summary>
    /// <param name="target">What it is about.</param>
    /// <param name="part">What to say.</param>
    /// <param name="thing">What is there already; kept up to date, also when it fails.</param>
    /// <param name="cancellation">The time for it is over.</param>
    /// <exception cref="CanaryException">It was not said.</exception>
    Task SayAsync(CommitTarget target, ReportedPart part, ReportedThing thing, CancellationToken cancellation);
}
