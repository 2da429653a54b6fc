using Canary.Contracts;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks.Sources;
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
internal sealed class PushReader(IOptionsMonitor<IngressOptions> options)
{
    private const string BranchPrefix = "refs/heads/";

    /// <param name="source">Who announces the push.</param>
    /// <param name="payload">The push.</param>
    /// <param name="repository">The entry of its repository; <c>null</c>: it has none.</param>
    public PushReading Read(IPushSource source, PushPayload payload, KnownRepository? repository)
    {
        if (payload.Repository?.FullName is not { } name || !GitNames.IsRepository(name))
        {
            return Invalid(
                source.Name,
                IngressCodes.RepositoryInvalid,
                "repository.full_name",
                payload.Repository?.FullName,
                "OWNER/NAME"
            );
        }

        if (repository is null)
        {
            return new PushReading.Refused(
                IngressCodes.RepositoryUnknown,
                source.Kind == SourceKind.Github
                    ? $"No entry of ingress.repositories matches {name}."
                    : $"No entry of ingress.repositories with the source {source.Route} matches {name}.",
                $"Add '- name: {name}'{SourceOf(source)} under ingress.repositories in the configuration, or a pattern such as "
                    + $"'- name: {name[..name.IndexOf('/', StringComparison.Ordinal)]}/*', and push again or start the "
                    + "release by hand."
            );
        }

        return Read(repository, payload, source.Name);
    }

    /// <summary>The same for a repository that is known, and a push that nobody else has told of.</summary>
    public PushReading Read(KnownRepository repository, PushPayload payload) => Read(repository, payload, "git");

    private PushReading Read(KnownRepository repository, PushPayload payload, string sender)
    {
        if (payload.Ref is not { } reference || !reference.StartsWith("refs/", StringComparison.Ordinal))
        {
            return Invalid(sender, IngressCodes.RefInvalid, "ref", payload.Ref, "refs/heads/BRANCH");
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
                sender,
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
                sender,
                IngressCodes.CommitInvalid,
                "after",
                payload.After,
                "a full commit id of 40 or 64 hexadecimal digits"
            );
        }

        if (payload.Before is not { } before || !GitNames.IsCommit(before))
        {
            return Invalid(
                sender,
                IngressCodes.CommitInvalid,
                "before",
                payload.Before,
                "a full commit id of 40 or 64 hexadecimal digits"
            );
        }

        return Route(sender, payload, repository, branch, commit, GitNames.IsZero(before) ? null : before);
    }

    private PushReading Route(
        string sender,
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
                sender,
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

        var message = payload.HeadCommit is { } head && head.Id == commit ? head.Message : null;
        if (repository.SkipsMarked && SkipMark.In(message) is { } mark)
        {
            return new PushReading.Ignored(
                IngressCodes.CommitSkipped,
                $"The commit {commit[..12]} says {mark}, so that nothing was released. To release it nevertheless: canary run --repo "
                    + $"{repository.Name} --commit {commit}."
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

        var address = repository.AddressBy(payload.Repository?.FullName, payload.Repository?.CloneUrl) ?? "";
        if (repository.CloneUrl is null && FaultOf(address, repository.Name, repository.Source) is { } fault)
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
                Title = PlainText.Line(message, PushDraft.LongestTitle),
                CompareUrl = PlainText.WebAddress(payload.Compare),
            }
        );
    }

    private static string SourceOf(IPushSource source) =>
        source.Kind == SourceKind.Github ? "" : $" with 'source: {source.Route}'";

    private string? FaultOf(string address, string repository, SourceKind source) =>
        CloneAddress.Fault(
            address,
            repository,
            options.CurrentValue.EffectiveCloneSchemes,
            options.CurrentValue.CloneHostsOf(source)
        );

    private static PushReading.Refused Invalid(
        string sender,
        string code,
        string field,
        string? value,
        string expected
    ) =>
        new(
            code,
            value is null
                ? $"The field {field} is missing; it should be {expected}."
                : $"The field {field} is '{PlainText.Line(value, 120)}'; it should be {expected}.",
            $"The delivery does not look like one of {sender}'s. Compare it with those that the webhook's settings show."
        );
}
