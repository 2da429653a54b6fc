using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources;

namespace Canary.Ingress.PullRequests;

/// <summary>
/// The fields of a <c>pull_request</c> event that Canary reads, named as GitHub names them. Everything is optional; what is needed is checked
/// by <see cref="PullRequestReader"/>. Source: docs.github.com, "Webhook events and payloads".
/// </summary>
internal sealed record PullRequestPayload
{
    public string? Action { get; init; }

    public int? Number { get; init; }

    public PullRequestDetails? PullRequest { get; init; }

    public RepositoryPayload? Repository { get; init; }
}

internal sealed record PullRequestDetails
{
    public string? State { get; init; }

    public string? Title { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public PullRequestAuthor? User { get; init; }

    public PullRequestEnd? Head { get; init; }

    public PullRequestEnd? Base { get; init; }
}

internal sealed record PullRequestAuthor
{
    public string? Login { get; init; }
}

/// <summary>Where a pull request comes from, or goes to.</summary>
internal sealed record PullRequestEnd
{
    public string? Sha { get; init; }

    /// <summary><c>null</c>: it was deleted.</summary>
    public PullRequestRepository? Repo { get; init; }
}

internal sealed record PullRequestRepository
{
    /// <summary>The same whatever it is called.</summary>
    public long? Id { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PullRequestPayload))]
internal sealed partial class PullRequestJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than GitHub gives it.</exception>
    public static PullRequestPayload Read(ReadOnlySequence<byte> json) =>
        PayloadReader.Read(json, Default.PullRequestPayload);
}
