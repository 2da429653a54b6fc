using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Sbom;
using Canary.RepositoryPublisher.Suites;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Serving;

/// <summary>What the index page lists. Anybody may ask for the page as often as they like, so it is not looked up each time.</summary>
internal sealed class IndexListing(
    OfferedPackages offered,
    RepositoryLayout layout,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time
) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private IReadOnlyList<ListedSuite>? _suites;
    private long _readAt;

    public async Task<IReadOnlyList<ListedSuite>> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_suites is null || time.GetElapsedTime(_readAt) > Lifetime)
            {
                var suites = new List<ListedSuite>();
                foreach (var name in options.Value.EffectiveSuites)
                {
                    var packages = await offered.OfAsync(name, cancellationToken);
                    suites.Add(new ListedSuite(name, [.. packages.Select(package => (package, BillOf(package)))]));
                }

                _suites = suites;
                _readAt = time.GetTimestamp();
            }

            return _suites;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private string? BillOf(PoolPackage package)
    {
        var name = SbomWriter.FileNameOf(package.FileName);
        return File.Exists(Path.Combine(layout.Public, name)) ? name : null;
    }
}

/// <summary>A suite with what it offers: each package, and the path of its bill of materials if it has one.</summary>
internal sealed record ListedSuite(string Name, IReadOnlyList<(PoolPackage Package, string? Bill)> Packages);
