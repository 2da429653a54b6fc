namespace Canary.RepositoryPublisher.Suites;

/// <summary>Answers a listing where a release has decided already: the suite stays as it is.</summary>
/// <param name="Offered">What the suite offers of the package; <c>null</c>: nothing.</param>
internal sealed record ListingKept(string? Offered);
