namespace Canary.Ingress.Webhooks;

/// <summary>A webhook delivery that led to a release, so that a repeated one is recognised whatever has changed since.
/// </summary>
internal sealed class DeliveryRow
{
    /// <summary><c>X-GitHub-Delivery</c>.</summary>
    public required string Id { get; init; }

    public required Guid ReleaseId { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }
}
