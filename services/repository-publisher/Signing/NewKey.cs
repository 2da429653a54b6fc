namespace Canary.RepositoryPublisher.Signing;

/// <summary>What a key is made as.</summary>
/// <param name="Owner">Its user id.</param>
/// <param name="Algorithm">Its algorithm.</param>
/// <param name="ExpiresAfter">How long it is valid; <c>null</c>: for good.</param>
internal sealed record NewKey(string Owner, KeyAlgorithm Algorithm, TimeSpan? ExpiresAfter)
{
    public static NewKey From(RepositoryPublisherOptions options) =>
        new(options.KeyOwner, options.Signing.Algorithm, options.Signing.ExpiresAfter);
}
