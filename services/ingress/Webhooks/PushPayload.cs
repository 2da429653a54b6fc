using System.Text.Json.Serialization;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// The fields of a push that Canary reads, named as GitHub names them; other services' are mapped to it. Octokit's own models demand
/// fields that older GitHub Enterprise versions do not send, and materialise the whole tree; everything here is optional, and what is
/// needed is checked by <see cref="PushReader"/>, which can say what is wrong.
/// </summary>
internal sealed record PushPayload
{
    public string? Ref { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    public bool? Deleted { get; init; }

    public string? Compare { get; init; }

    [JsonPropertyName("commits")]
    [JsonConverter(typeof(HasElements))]
    public bool? HasCommits { get; init; }

    public CommitPayload? HeadCommit { get; init; }

    public RepositoryPayload? Repository { get; init; }

    public PersonPayload? Pusher { get; init; }
}

internal sealed record CommitPayload
{
    public string? Id { get; init; }

    public string? Message { get; init; }
}

internal sealed record RepositoryPayload
{
    public long? Id { get; init; }

    public string? FullName { get; init; }

    public string? CloneUrl { get; init; }

    public string? DefaultBranch { get; init; }
}

internal sealed record PersonPayload
{
    public string? Name { get; init; }
}
