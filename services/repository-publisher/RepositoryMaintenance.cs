using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher;

/// <summary>Brings the repository on disk in order before the service takes requests, and keeps it so: renews
/// signatures before they lapse and removes what is no longer needed.</summary>
internal sealed class RepositoryMaintenance(
    SuiteWriter suites,
    PackagePool pool,
    PackageUploads uploads,
    RepositoryLayout layout,
    ArchiveKey key,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    ILogger<RepositoryMaintenance> logger
) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Dists);
        uploads.RemoveParts();
        await suites.MaintainAsync(renew: SaveKeyring(), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.MaintenanceInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await suites.MaintainAsync(renew: false, stoppingToken);
                await pool.SweepAsync(stoppingToken);
                uploads.Sweep(uploadedBefore: time.GetUtcNow() - options.Value.UploadRetention);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(
                    e,
                    "Maintenance of the repository failed; it is tried again in {Interval}",
                    timer.Period
                );
            }
        }
    }

    /// <summary>Puts the public key beside the suites, for those who copy or serve the directory themselves.</summary>
    /// <returns>Whether the key is another one than the suites are signed with.</returns>
    private bool SaveKeyring()
    {
        var path = Path.Combine(layout.Public, $"{RepositoryLayout.KeyringName}.pgp");
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(key.PublicKey))
        {
            return false;
        }

        PublicFile.Write(path, [key.PublicKey]);
        PublicFile.Write(Path.ChangeExtension(path, ".asc"), [key.ArmoredPublicKey]);
        Posix.Flush(layout.Public);
        return true;
    }
}
