using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>The packages that plain upgrades go to: of those that a suite lists, the highest version of each.</summary>
internal sealed class OfferedPackages(IServiceScopeFactory scopes)
{
    /// <returns>In the order of their files' names.</returns>
    public async Task<IReadOnlyList<PoolPackage>> OfAsync(string suite, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        var packages = await store
            .Entries.AsNoTracking()
            .Where(it => it.Suite == suite)
            .Select(it => it.Package)
            .ToListAsync(cancellationToken);
        return
        [
            .. packages
                .GroupBy(it => it.Name)
                .SelectMany(versions =>
                    versions.GroupBy(it => it.Version).MaxBy(version => DebianVersion.Parse(version.Key))!
                )
                .OrderBy(it => it.FileName, StringComparer.Ordinal),
        ];
    }
}
