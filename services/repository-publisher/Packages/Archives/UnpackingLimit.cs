using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>How much compressed data may unpack to.</summary>
/// <param name="Bytes">The most bytes.</param>
/// <param name="Exceeded">What is said of more.</param>
internal sealed record UnpackingLimit(long Bytes, Func<CanaryException> Exceeded);
