using Canary.Contracts;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>What a push payload means: one of the three below.</summary>
internal abstract record PushReading
{
    /// <summary>The push is to be released.</summary>
    public sealed record Accepted(PushDraft Push) : PushReading;

    /// <summary>The push is in order, and there is nothing to do.</summary>
    public sealed record Ignored(string Code, string Reason) : PushReading;

    /// <summary>The push cannot be released, and a person should know.</summary>
    public sealed record Refused(string Code, string Detail, string Remedy) : PushReading;
}

/// <summary>Decides from a payload and the configuration alone what a push leads to. No field is used before it is checked.
/// </summary>
internal sealed class PushReader(RepositoryRegistry registry, IOptionsMonitor<IngressOptions> options)
{
    private const string BranchPrefix = "refs/heads/";

    private const string FixAtGitHub =
        "The delivery does not look like one of GitHub's. Compare it with 'Recent deliveries' in the webhook's settings.";

    public PushReading Read(PushPayload payload)
    {
        if (payload.Repository?.FullName is not { } name || !GitNames.IsRepository(name))
        {
            return Invalid(
                IngressCodes.RepositoryInvalid,
                "repository.full_name",
                payload.Repository?.FullName,
                "OWNER/NAME"
            );
        }

        if (registry.Find(name) is not { } repository)
        {
            return new PushReading.Refused(
                IngressCodes.RepositoryUnknown,
                $"No entry of ingress.repositories matches {name}.",
                $"Add '- name: {name}' under ingress.repositories in the configuration, or a pattern such as "
                    + $"'- name: {name[..name.IndexOf('/', StringComparison.Ordinal)]}/*', and push again or start the "
                    + "release by hand."
            );
        }

        if (payload.Ref is not { } reference || !reference.StartsWith("refs/", StringComparison.Ordinal))
        {
            return Invalid(IngressCodes.RefInvalid, "ref", payload.Ref, "refs/heads/BRANCH");
        }

        if (!reference.StartsWith(BranchPrefix, StringComparison.Ordinal))
        {
            return new PushReading.Ignored(
                IngressCodes.NotABranch,
                "Only pushes to branches are released; this one is not."
            );
        }

        var branch = reference[BranchPrefix.Length..];
        if (!GitNames.IsBranch(branch))
        {
            return Invalid(
                IngressCodes.BranchInvalid,
                "ref",
                reference,
                "refs/heads/ and a name that git allows for a branch"
            );
        }

        if (payload.Deleted == true)
        {
            return new PushReading.Ignored(
                IngressCodes.BranchDeleted,
                $"The branch {branch} was deleted: there is no commit to release."
            );
        }

        if (payload.After is not { } commit || !GitNames.IsCommit(commit) || GitNames.IsZero(commit))
        {
            return Invalid(
                IngressCodes.CommitInvalid,
                "after",
                payload.After,
                "a full commit id of 40 or 64 hexadecimal digits"
            );
        }

        if (payload.Before is not { } before || !GitNames.IsCommit(before))
        {
            return Invalid(
                IngressCodes.CommitInvalid,
                "before",
                payload.Before,
                "a full commit id of 40 or 64 hexadecimal digits"
            );
        }

        return Route(payload, repository, branch, commit, GitNames.IsZero(before) ? null : before);
    }

    private PushReading Route(
        PushPayload payload,
        KnownRepository repository,
        string branch,
        string commit,
        string? before
    )
    {
        if (
            (repository.Branch ?? payload.Repository?.DefaultBranch) is not { } deploying
            || !GitNames.IsBranch(deploying)
        )
        {
            return Invalid(
                IngressCodes.BranchInvalid,
                "repository.default_branch",
                payload.Repository?.DefaultBranch,
                $"a branch name; or set the branch of {repository.Name} under ingress.repositories"
            );
        }

        var deploys = branch == deploying;
        if (!deploys && repository.OtherBranches == BranchRule.Ignore)
        {
            return new PushReading.Ignored(
                IngressCodes.OtherBranch,
                $"Only {deploying} of {repository.Name} is released; the configuration ignores other branches."
            );
        }

        // The branch that deploys may have been set back: what it points to is to run.
        if (!deploys && payload.HasCommits == false)
        {
            return new PushReading.Ignored(
                IngressCodes.NoCommits,
                $"The push brings no commit to {branch}: a branch made at a known commit, or one that was set back. Build "
                    + "such a commit by hand if that is wanted."
            );
        }

        if (repository.Application is not { } application)
        {
            return new PushReading.Refused(
                IngressCodes.ApplicationUnnamed,
                $"The name of {repository.Name} gives no Debian package name.",
                $"Add '- name: {repository.Name}' with its own 'application:' under ingress.repositories."
            );
        }

        var address = repository.CloneUrl ?? payload.Repository?.CloneUrl ?? "";
        if (repository.CloneUrl is null && FaultOf(address, repository.Name) is { } fault)
        {
            return new PushReading.Refused(
                IngressCodes.CloneUrlRefused,
                $"repository.clone_url of the payload cannot be used: {fault}.",
                $"Set the clone-url of {repository.Name} under ingress.repositories, or extend ingress.clone-hosts or "
                    + "ingress.clone-schemes if the address is right."
            );
        }

        return new PushReading.Accepted(
            new PushDraft
            {
                Application = application,
                IsApplicationChosen = repository.IsApplicationChosen,
                IsApplicationConfigured = repository.IsApplicationChosen,
                Source = new SourceReference
                {
                    Repository = repository.Name,
                    CloneUrl = address,
                    Branch = branch,
                    Commit = commit,
                },
                Before = before,
                Deploys = deploys,
                Pusher = PlainText.Line(payload.Pusher?.Name, PushDraft.LongestPusher) ?? "unknown",
                Title =
                    payload.HeadCommit is { } head && head.Id == commit
                        ? PlainText.Line(head.Message, PushDraft.LongestTitle)
                        : null,
                CompareUrl = PlainText.WebAddress(payload.Compare),
            }
        );
    }

    private string? FaultOf(string address, string repository) =>
        CloneAddress.Fault(
            address,
            repository,
            options.CurrentValue.EffectiveCloneSchemes,
            options.CurrentValue.EffectiveCloneHosts
        );

    private static PushReading.Refused Invalid(string code, string field, string? value, string expected) =>
        new(
            code,
            value is null
                ? $"The field {field} is missing; it should be {expected}."
                : $"The field {field} is '{PlainText.Line(value, 120)}'; it should be {expected}.",
            FixAtGitHub
        );
}
