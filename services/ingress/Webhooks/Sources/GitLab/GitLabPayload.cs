using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Webhooks.Sources.GitLab;

/// <summary>The fields of GitLab's push events that Canary reads. Source: docs.gitlab.com, "Webhook events".</summary>
internal sealed record GitLabPush
{
    public string? Ref { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    public string? UserName { get; init; }

    public string? UserUsername { get; init; }

    public GitLabProject? Project { get; init; }

    public CommitList? Commits { get; init; }

    public PushPayload ToPush() =>
        new()
        {
            Ref = Ref,
            Before = Before,
            After = After,
            Deleted = After is { Length: > 0 } after && GitNames.IsZero(after),
            Compare = Comparison(),
            HasCommits = Commits?.Any,
            HeadCommit = Commits?.Find(After),
            Repository = Project is null
                ? null
                : new RepositoryPayload
                {
                    FullName = Project.PathWithNamespace,
                    CloneUrl = Project.GitHttpUrl,
                    DefaultBranch = Project.DefaultBranch,
                },
            Pusher = new PersonPayload { Name = UserUsername ?? UserName },
        };

    /// <summary>The payload has no address of the comparison; it is where GitLab shows it.</summary>
    private string? Comparison() =>
        Project?.WebUrl is { } address && Before is { } before && After is { } after && !GitNames.IsZero(before)
            ? $"{address}/-/compare/{before}...{after}"
            : null;
}

internal sealed record GitLabProject
{
    public string? PathWithNamespace { get; init; }

    public string? WebUrl { get; init; }

    public string? GitHttpUrl { get; init; }

    public string? DefaultBranch { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(CommitListReader)]
)]
[JsonSerializable(typeof(GitLabPush))]
internal sealed partial class GitLabJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than GitLab gives it.</exception>
    public static GitLabPush Push(ReadOnlySequence<byte> json) => PayloadReader.Read(json, Default.GitLabPush);
}
