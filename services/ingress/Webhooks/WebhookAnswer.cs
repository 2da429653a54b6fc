namespace Canary.Ingress.Webhooks;

/// <summary>What a webhook led to; GitHub shows it beside the delivery.</summary>
internal sealed record WebhookAnswer
{
    /// <summary><c>accepted</c>, <c>duplicate</c>, <c>ignored</c> or <c>pong</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why, for scripts.</summary>
    public string? Code { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>The release that the push leads to, or led to.</summary>
    public Guid? ReleaseId { get; init; }
}
