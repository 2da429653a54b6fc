using System.Globalization;
using Canary.Ingress.Repositories;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>What a webhook says of a pull request, checked.</summary>
internal sealed record PullRequestNews
{
    /// <summary>Tells it from all others, whatever its repository is called.</summary>
    public required string Id { get; init; }

    public required string Repository { get; init; }

    public required string CloneUrl { get; init; }

    public required string Application { get; init; }

    public required int Number { get; init; }

    /// <summary>Its head when that was said.</summary>
    public required string Commit { get; init; }

    public required bool IsFork { get; init; }

    public required bool IsOpen { get; init; }

    public required string Title { get; init; }

    public required string Author { get; init; }

    /// <summary>GitHub's own time of the last change: it orders what is said of one pull request, and nothing else.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>What a payload means: one of the three below.</summary>
internal abstract record PullRequestReading
{
    public sealed record Accepted(PullRequestNews News) : PullRequestReading;

    public sealed record Ignored(string Code, string Reason) : PullRequestReading;

    public sealed record Refused(string Code, string Detail, string Remedy) : PullRequestReading;
}

/// <summary>Decides from a payload and the configuration alone whether a pull request is of interest. No field is used before it is
/// checked.</summary>
internal sealed class PullRequestReader(IOptionsMonitor<IngressOptions> options)
{
    public const int LongestTitle = 200;

    private const string Closed = "closed";

    /// <summary>Those that change its head, or whether it is open.</summary>
    private static readonly string[] Actions = ["opened", "reopened", "synchronize", Closed];

    /// <param name="payload">The pull request.</param>
    /// <param name="repository">The entry of its repository; <c>null</c>: it has none.</param>
    public PullRequestReading Read(PullRequestPayload payload, KnownRepository? repository)
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

        if (repository is null)
        {
            // A webhook of a whole organization sends those of all its repositories.
            return new PullRequestReading.Ignored(
                IngressCodes.RepositoryUnknown,
                $"No entry of ingress.repositories matches {name}."
            );
        }

        if (!repository.BuildsPullRequests)
        {
            return new PullRequestReading.Ignored(
                IngressCodes.PullRequestsOff,
                $"Pull requests of {name} are not built: its entry of ingress.repositories does not say 'pull-requests: true'."
            );
        }

        return Actions.Contains(payload.Action)
            ? Read(repository, payload)
            : new PullRequestReading.Ignored(
                IngressCodes.PullRequestUnchanged,
                $"Only {string.Join(", ", Actions)} matter of a pull request; this is '{PlainText.Line(payload.Action, 50)}'."
            );
    }

    private PullRequestReading Read(KnownRepository repository, PullRequestPayload payload)
    {
        if (payload.Number is not > 0)
        {
            return Invalid(
                IngressCodes.PullRequestInvalid,
                "number",
                payload.Number?.ToString(CultureInfo.InvariantCulture),
                "the number of a pull request"
            );
        }

        var head = payload.PullRequest?.Head;
        if (head?.Sha is not { } commit || !GitNames.IsCommit(commit) || GitNames.IsZero(commit))
        {
            return Invalid(
                IngressCodes.CommitInvalid,
                "pull_request.head.sha",
                head?.Sha,
                "a full commit id of 40 or 64 hexadecimal digits"
            );
        }

        // Whoever signed speaks for the repository of the webhook, and for the pull requests of no other.
        if (payload.PullRequest?.Base?.Repo?.Id is not { } id || id != payload.Repository?.Id)
        {
            return Invalid(
                IngressCodes.PullRequestInvalid,
                "pull_request.base.repo.id",
                payload.PullRequest?.Base?.Repo?.Id?.ToString(CultureInfo.InvariantCulture),
                "the same number as repository.id"
            );
        }

        if (repository.Application is not { } application)
        {
            return new PullRequestReading.Refused(
                IngressCodes.ApplicationUnnamed,
                $"The name of {repository.Name} gives no Debian package name.",
                $"Add '- name: {repository.Name}' with its own 'application:' under ingress.repositories."
            );
        }

        // Nothing is fetched of what is closed.
        var isOpen = payload.Action != Closed && payload.PullRequest.State != Closed;
        var address = isOpen
            ? repository.AddressBy(payload.Repository?.FullName, payload.Repository?.CloneUrl) ?? ""
            : repository.CloneAddress;
        if (isOpen && repository.CloneUrl is null && FaultOf(address, repository.Name) is { } fault)
        {
            return new PullRequestReading.Refused(
                IngressCodes.CloneUrlRefused,
                $"repository.clone_url of the payload cannot be used: {fault}.",
                $"Set the clone-url of {repository.Name} under ingress.repositories, or extend ingress.clone-hosts or "
                    + "ingress.clone-schemes if the address is right."
            );
        }

        return new PullRequestReading.Accepted(
            new PullRequestNews
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{id}#{payload.Number}"),
                Repository = repository.Name,
                CloneUrl = address,
                Application = application,
                Number = payload.Number.Value,
                Commit = commit,
                // Of a repository that is not there any more nobody knows whose it was.
                IsFork = head.Repo?.Id != id,
                IsOpen = isOpen,
                Title = PlainText.Line(payload.PullRequest.Title, LongestTitle) ?? "",
                Author = PlainText.Line(payload.PullRequest.User?.Login, 100) ?? "unknown",
                UpdatedAt = payload.PullRequest.UpdatedAt,
            }
        );
    }

    private string? FaultOf(string address, string repository) =>
        CloneAddress.Fault(
            address,
            repository,
            options.CurrentValue.EffectiveCloneSchemes,
            options.CurrentValue.CloneHostsOf(SourceKind.Github)
        );

    private static PullRequestReading.Refused Invalid(string code, string field, string? value, string expected) =>
        new(
            code,
            value is null
                ? $"The field {field} is missing; it should be {expected}."
                : $"The field {field} is '{PlainText.Line(value, 120)}'; it should be {expected}.",
            "The delivery does not look like one of GitHub's. Compare it with those that the webhook's settings show."
        );
}
