using Canary.Fuzzing.Tests.Targets;

namespace Canary.Fuzzing.Tests;

/// <summary>All targets, by name.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyDictionary<string, Func<IFuzzTarget>> All { get; } =
        new Dictionary<string, Func<IFuzzTarget>>(StringComparer.Ordinal)
        {
            ["webhook"] = WebhookTarget.OfGitHub,
            ["webhook-gitea"] = WebhookTarget.OfGitea,
            ["webhook-gitlab"] = WebhookTarget.OfGitLab,
            ["webhook-pull-request"] = () => new PullRequestTarget(),
            ["form"] = () => new FormTarget(),
            ["canary-yml"] = () => new MetadataTarget("canary.yml"),
            ["fpm-json"] = () => new MetadataTarget("fpm.json"),
            ["hosts-yml"] = () => new HostsTarget(),
            ["deb"] = () => new DebTarget(),
            ["host-answer"] = () => new HostAnswerTarget(),
        };
}
