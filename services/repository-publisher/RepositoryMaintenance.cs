using Canary.Hosting.Storage;
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
    RepositoryWriteLock writeLock,
    StoreReadiness<RepositoryStore> readiness,
    RepositoryLayout layout,
    ArchiveKey key,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    ILogger<RepositoryMaintenance> logger
) : BackgroundService
{
    /// <summary>What another replica is being sent may take as long.</summary>
    private static readonly TimeSpan LongestUpload = TimeSpan.FromHours(1);

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private bool _isKeyNew;
    private bool _isInOrder;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Dists);
        uploads.RemoveParts(writtenBefore: writeLock.HasOtherWriters ? time.GetUtcNow() - LongestUpload : null);
        _isKeyNew = SaveKeyring();
        if (readiness.IsReady)
        {
            await BringInOrderAsync(cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.MaintenanceInterval, time);
        while (!_isInOrder)
        {
            try
            {
                await BringInOrderAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "The repository could not be brought in order; trying again");
                await Task.Delay(Moment, time, stoppingToken);
            }
        }

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

    private async Task BringInOrderAsync(CancellationToken cancellation)
    {
        await suites.MaintainAsync(renew: _isKeyNew, cancellation);
        _isInOrder = true;
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
