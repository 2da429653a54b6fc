using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Notifications;

/// <summary>Says in a message how a release is.</summary>
internal static class ReleaseMessage
{
    private const int LongestLine = 300;

    private const int LongestTitle = 100;

    /// <param name="release">The release.</param>
    /// <param name="address">Where the pages of this server are; <c>null</c>: nobody says so.</param>
    public static Message Of(ReleaseView release, Uri? address)
    {
        var (words, summary, importance) = Describe(release);
        var callsForAction = importance != Importance.Progress && release.Phase != ReleaseStates.Completed;
        return new Message
        {
            Subject = Line($"{release.Application} {Commit(release)}: {Title(release)}"),
            Headline = Line($"{release.Application} {release.Version ?? Commit(release)} {words}"),
            Summary = Line(summary),
            // A release may be paused several times, and each time is told.
            Occasion = release.Phase == RolloutStates.Paused ? $"{words}: {Line(summary)}" : words,
            Facts = [.. FactsOf(release)],
            Link = address is null ? null : LinkTo(release, address),
            Command = CommandFor(release),
            Importance = importance,
            CallsForAction = callsForAction,
        };
    }

    private static (string Words, string Summary, Importance Importance) Describe(ReleaseView release)
    {
        var reason = release.Failure?.Message;
        return release.Phase switch
        {
            ReleaseStates.Held => (
                "is held",
                $"Deployments of {release.Application} are held: it waits until somebody resumes them.",
                Importance.Decision
            ),
            RolloutStates.Queued => ("is published", "It waits until the hosts can take it.", Importance.Progress),
            RolloutStates.Preflight or RolloutStates.DeployingCanary or RolloutStates.Soaking => (
                "is on its canaries",
                "The canary hosts get it and are watched.",
                Importance.Progress
            ),
            RolloutStates.AwaitingPromotion => (
                "waits for promotion",
                "Its canaries are healthy. Somebody decides whether it goes on to production.",
                Importance.Decision
            ),
            RolloutStates.DeployingWave => (
                "goes to production",
                "The production hosts get it, wave by wave.",
                Importance.Progress
            ),
            RolloutStates.Paused when reason is not null => ("is paused", reason, Importance.Problem),
            RolloutStates.Paused => (
                "is paused",
                $"It waits for {release.WaitingFor ?? "a person"}.",
                Importance.Decision
            ),
            RolloutStates.RollingBack => (
                "is being rolled back",
                reason ?? "Hosts that have it get back what they had.",
                Importance.Progress
            ),
            ReleaseStates.Completed when release.Deploys => (
                "is in production",
                "Every host that should run it does, or will when it is reached.",
                Importance.Decision
            ),
            ReleaseStates.Completed => ("has passed its build", "It is not deployed.", Importance.Progress),
            ReleaseStates.RolledBack => (
                "was rolled back",
                reason ?? "The hosts that had it are back on what they had.",
                Importance.Problem
            ),
            ReleaseStates.Failed => (
                "failed",
                reason ?? "No host runs it.",
                release.Deploys ? Importance.Problem : Importance.Progress
            ),
            ReleaseStates.Superseded => (
                "was superseded",
                "A newer release took its place before it reached a host.",
                Importance.Progress
            ),
            _ when release.Deployment is not null => (
                "is about to be deployed again",
                "It was published before.",
                Importance.Progress
            ),
            _ => ("is being built", "It is built, packaged and published.", Importance.Progress),
        };
    }

    private static IEnumerable<Fact> FactsOf(ReleaseView release)
    {
        yield return new Fact("Application", Line(release.Application));
        if (release.Version is { } version)
        {
            yield return new Fact("Version", Line(version));
        }

        yield return new Fact("Commit", Line($"{Commit(release)} {Title(release)}"));
        yield return new Fact("Branch", Line(release.Branch));
        yield return new Fact("By", Line(release.Deployment?.By ?? release.Pusher));
        if (release.Deployment?.Reason is { Length: > 0 } why)
        {
            yield return new Fact("Why", Line(why));
        }

        if (release.Failure is { } failure)
        {
            yield return new Fact("Reason", Line($"{failure.Message} ({failure.Code})"));
            yield return new Fact("What to do", Line(failure.Remedy));
        }
    }

    private static Link LinkTo(ReleaseView release, Uri address) =>
        new(
            new Uri(address, $"#/releases/{release.Id}"),
            release.Phase == RolloutStates.AwaitingPromotion ? "Promote it or roll it back" : "Look at the release"
        );

    /// <summary>By its id: when somebody reads it, there may be a newer release.</summary>
    private static string? CommandFor(ReleaseView release) =>
        release.Phase switch
        {
            RolloutStates.AwaitingPromotion => $"canary releases promote {ShortId(release)}",
            RolloutStates.Paused => $"canary releases resume {ShortId(release)}",
            ReleaseStates.Held => $"canary apps resume {Line(release.Application)}",
            _ => null,
        };

    private static string ShortId(ReleaseView release) => release.Id.ToString("N")[..8];

    private static string Commit(ReleaseView release) => Line(release.Commit)[..Math.Min(7, release.Commit.Length)];

    private static string Title(ReleaseView release) =>
        PlainText.Line(release.Title, LongestTitle) ?? $"by {Line(release.Pusher)}";

    private static string Line(string text) => PlainText.Line(text, LongestLine) ?? "-";
}
