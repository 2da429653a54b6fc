using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Webhooks.Sources.Gitea;

/// <summary>The fields of Gitea's <c>push</c> payload that Canary reads. Source: docs.gitea.com, "Webhooks".</summary>
internal sealed record GiteaPush
{
    public string? Ref { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    public string? CompareUrl { get; init; }

    public CommitList? Commits { get; init; }

    public CommitPayload? HeadCommit { get; init; }

    public RepositoryPayload? Repository { get; init; }

    public GiteaUser? Pusher { get; init; }

    public PushPayload ToPush() =>
        new()
        {
            Ref = Ref,
            Before = Before,
            After = After,
            Deleted = After is { Length: > 0 } after && GitNames.IsZero(after),
            Compare = CompareUrl,
            HasCommits = Commits?.Any,
            // Versions before 1.15 send no head_commit.
            HeadCommit = HeadCommit ?? Commits?.Find(After),
            Repository = Repository,
            Pusher = new PersonPayload { Name = Pusher?.Login ?? Pusher?.Username },
        };
}

internal sealed record GiteaUser
{
    public string? Login { get; init; }

    public string? Username { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(CommitListReader)]
)]
[JsonSerializable(typeof(GiteaPush))]
internal sealed partial class GiteaJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than Gitea gives it.</exception>
    public static GiteaPush Push(ReadOnlySequence<byte> json) => PayloadReader.Read(json, Default.GiteaPush);
}
