using Canary.Ingress.Repositories;

namespace Canary.Ingress.Webhooks;

/// <summary>Whose secrets signed a body: entries of <c>ingress.repositories</c> with secrets of their own, and <c>null</c> for the
/// general ones.</summary>
internal sealed class WebhookSigners(IReadOnlyList<string?> entries)
{
    /// <summary>Nobody whom this server knows.</summary>
    public bool None => entries.Count == 0;

    /// <summary>Whether one of them may speak for the repository. One that the configuration does not know is nobody's own, so only
    /// the holders of a general secret learn that it is unknown.</summary>
    public bool MaySpeakFor(KnownRepository? repository) => entries.Contains(repository?.SecretsOf);
}
