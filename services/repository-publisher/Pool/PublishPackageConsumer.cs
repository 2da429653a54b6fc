using Canary.Contracts.Publishing;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using MassTransit;

namespace Canary.RepositoryPublisher.Pool;

internal sealed class PublishPackageConsumer(PackagePool pool, RepositoryLayout layout) : IConsumer<PublishPackage>
{
    public async Task Consume(ConsumeContext<PublishPackage> context)
    {
        try
        {
            await pool.TakeInAsync(
                Publication.From(context.Message),
                context.Message.Package,
                context.CancellationToken
            );
            await context.Publish(
                new PackagePublished
                {
                    ReleaseId = context.Message.ReleaseId,
                    Application = context.Message.Application,
                    Package = context.Message.Package,
                },
                context.CancellationToken
            );
        }
        catch (CanaryException e)
        {
            await FailAsync(context, e);
        }
        catch (Exception e) when (StorageFault.From(e, layout.Public) is { } full)
        {
            await FailAsync(context, full);
        }
    }

    private static Task FailAsync(ConsumeContext<PublishPackage> context, CanaryException reason) =>
        context.Publish(
            new PublishingFailed
            {
                ReleaseId = context.Message.ReleaseId,
                Application = context.Message.Application,
                Failure = reason.ToFailure(),
            },
            context.CancellationToken
        );
}
