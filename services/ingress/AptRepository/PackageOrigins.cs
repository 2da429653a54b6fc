using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.AptRepository;

/// <summary>Adds to files of the repository what the releases and hosts say of them.</summary>
internal sealed class PackageOrigins(IngressStore store)
{
    public async Task<IReadOnlyList<PackageFile>> CompleteAsync(
        string? application,
        IReadOnlyList<PackageFile> files,
        CancellationToken cancellationToken
    )
    {
        if (application is null)
        {
            return files;
        }

        var versions = files.Select(file => file.Version).Distinct().ToList();
        var releases = await store
            .Releases.AsNoTracking()
            .Where(release =>
                release.Application == application && release.Version != null && versions.Contains(release.Version)
            )
            .OrderBy(release => release.Arrival)
            .Select(release => new
            {
                release.Id,
                release.Version,
                release.Push,
            })
            .ToListAsync(cancellationToken);
        var hosts = await store
            .HostVersions.AsNoTracking()
            .Where(host => host.Application == application && host.Version != null && versions.Contains(host.Version))
            .ToListAsync(cancellationToken);
        return
        [
            .. files.Select(file =>
            {
                // The first one has brought or built it; others deployed it again.
                var release =
                    releases.FirstOrDefault(release => release.Push.Upload?.Sha256 == file.Sha256)
                    ?? releases.FirstOrDefault(release =>
                        release.Version == file.Version && release.Push.Upload is null
                    );
                var (push, upload) = (release?.Push, release?.Push.Upload);
                return file with
                {
                    ReleaseId = release?.Id,
                    Repository = upload is null ? push?.Source.Repository : null,
                    Commit = upload is null ? push?.Source.Commit : null,
                    UploadedBy = upload is null ? null : push?.Pusher,
                    UploadedAt = upload is null ? null : push?.ReceivedAt,
                    Hosts =
                    [
                        .. hosts
                            .Where(host => host.Version == file.Version)
                            .Select(host => host.Host)
                            .Order(StringComparer.Ordinal),
                    ],
                };
            }),
        ];
    }
}
