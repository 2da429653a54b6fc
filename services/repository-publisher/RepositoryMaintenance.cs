using Canary.Durability.Storage;
using Canary.Failures;
using Canary.RepositoryPublisher.Access;
using Canary.RepositoryPublisher.Contents;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Sbom;
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
    OutputUploads outputs,
    HostReading reading,
    RepositoryWriteLock writeLock,
    StoreReadiness<RepositoryStore> readiness,
    RepositoryLayout layout,
    SigningKeys keys,
    PublishedKeyring keyring,
    ContentsWriter contents,
    SbomWriter bills,
    RepositoryUsers users,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    ILogger<RepositoryMaintenance> logger
) : BackgroundService
{
    /// <summary>What another replica is being sent may take as long.</summary>
    private static readonly TimeSpan LongestUpload = TimeSpan.FromHours(1);

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private bool _isInOrder;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (users.AreRequired)
        {
            users.Current();
        }

        Directory.CreateDirectory(layout.Dists);
        uploads.RemoveParts(
            writtenBefore: writeLock.HasOtherWriters ? time.OfThisMachine().GetUtcNow() - LongestUpload : null
        );
        if (!writeLock.HasOtherWriters)
        {
            reading.Clear();
        }

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
            catch (CanaryException e)
            {
                logger.LogError("{Message} {Remedy}", e.Message, e.Remedy);
                await Task.Delay(Moment, time, stoppingToken);
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
                await contents.RefreshAsync(stoppingToken);
                await suites.MaintainAsync(renew: false, stoppingToken);
                await pool.SweepAsync(stoppingToken);
                await bills.RefreshAsync(stoppingToken);
                uploads.Sweep(uploadedBefore: time.GetUtcNow() - options.Value.UploadRetention);
                outputs.Sweep(usedBefore: time.GetUtcNow() - options.Value.OutputRetention);
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
        await suites.RefuseLostStoreAsync(cancellation);
        var isKeyNew = !keyring.IsSaved;
        await suites.MaintainAsync(renew: isKeyNew || !SuitesAreSigned(), cancellation);
        if (isKeyNew)
        {
            await keyring.SaveAsync(cancellation);
        }

        await keyring.SaveFingerprintAsync(cancellation);
        logger.LogInformation(
            "The repository is signed with the key {Fingerprint}; hosts are set up with it: --fingerprint of canary-host setup, or of hosts/install.sh",
            keys.Now.Current.Fingerprint
        );
        _isInOrder = true;
    }

    private bool SuitesAreSigned() =>
        options.Value.EffectiveSuites.All(name =>
            new SuiteDirectory(layout, name).CurrentSignature is { } signature && keys.Now.All.All(signature.IsOf)
        );
}
