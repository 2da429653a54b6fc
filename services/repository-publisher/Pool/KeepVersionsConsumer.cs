using Canary.Contracts.Publishing;
using MassTransit;

namespace Canary.RepositoryPublisher.Pool;

internal sealed class KeepVersionsConsumer(PackagePool pool) : IConsumer<KeepVersions>
{
    public async Task Consume(ConsumeContext<KeepVersions> context)
    {
        var command = context.Message;
        await context.Publish(
            new VersionsKept
            {
                RequestId = command.RequestId,
                RolloutId = command.RolloutId,
                Application = command.Application,
                Missing = await pool.KeepAsync(command, context.CancellationToken),
            },
            context.CancellationToken
        );
    }
}
