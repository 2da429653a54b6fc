using Canary.RepositoryPublisher.Signing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

internal static class RepositoryExtensions
{
    /// <summary>A host that follows a suite of the repository and trusts its key.</summary>
    public static AptHost Host(
        this Repository repository,
        string suite = "production",
        string architecture = "amd64"
    ) =>
        new(
            repository.RepositoryAddress,
            repository.Services.GetRequiredService<ArchiveKey>().PublicKey,
            suite,
            architecture
        );
}
