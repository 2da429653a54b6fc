using System.Buffers;
using System.Text.Json;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources;

/// <summary>A service that sends webhooks about pushes: what its headers and payloads mean. Everything else is the same for
/// all.</summary>
internal interface IPushSource
{
    SourceKind Kind { get; }

    /// <summary>Its name, for people.</summary>
    string Name { get; }

    /// <summary>The last part of its route.</summary>
    string Route { get; }

    /// <summary>The events that it can send and Canary acts on, for people.</summary>
    string Events { get; }

    /// <summary>Reads what comes before the body; a request without it is refused before a byte of the body is read.</summary>
    /// <returns><c>null</c>: something is missing, and the refusal says what.</returns>
    PushHeaders? ReadHeaders(IHeaderDictionary headers, out ProblemHttpResult? refusal);

    /// <summary>The answer to whoever does not prove to be the service.</summary>
    ProblemHttpResult Refusal();

    /// <summary>Whether Canary acts on an event; the payload of any other is not read.</summary>
    bool ActsOn(string @event);

    /// <summary>Reads the payload of an event that Canary acts on.</summary>
    /// <exception cref="JsonException">Not JSON, or a field has another type than the service gives it.</exception>
    WebhookPayload Read(string @event, ReadOnlySequence<byte> json);
}

/// <summary>What a service says of a delivery before its body.</summary>
/// <param name="Proof">Shows who sent it.</param>
/// <param name="Event">What it is about.</param>
/// <param name="Delivery">Its id, the same when it is repeated; <c>null</c>: it has none that tells.</param>
internal sealed record PushHeaders(IWebhookProof Proof, string Event, string? Delivery);

/// <summary>Shows that whoever sent a body knows a secret.</summary>
internal interface IWebhookProof
{
    /// <summary>Whether one of the secrets made it for the body. Every secret is tried, in constant time.</summary>
    bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets);
}

/// <summary>What a webhook is about.</summary>
internal abstract record WebhookPayload
{
    /// <summary>The repository that it names.</summary>
    public abstract RepositoryPayload? About { get; }

    /// <summary>It tries whether the webhook arrives; a webhook of many repositories names none.</summary>
    public sealed record Ping(RepositoryPayload? Repository) : WebhookPayload
    {
        public override RepositoryPayload? About => Repository;
    }

    /// <summary>It announces a push.</summary>
    public sealed record Push(PushPayload Payload) : WebhookPayload
    {
        public override RepositoryPayload? About => Payload.Repository;
    }

    /// <summary>It is about a pull request.</summary>
    public sealed record PullRequest(PullRequestPayload Payload) : WebhookPayload
    {
        public override RepositoryPayload? About => Payload.Repository;
    }
}
