using Canary.Contracts.Publishing;
using MassTransit;

namespace Canary.RepositoryPublisher.Suites;

internal sealed class AdvertiseVersionConsumer(SuiteWriter suites) : IConsumer<AdvertiseVersion>
{
    public async Task Consume(ConsumeContext<AdvertiseVersion> context) =>
        await context.Publish(
            await suites.ApplyAsync(SuiteRequest.From(context.Message), context.CancellationToken),
            context.CancellationToken
        );
}

internal sealed class WithdrawVersionConsumer(SuiteWriter suites) : IConsumer<WithdrawVersion>
{
    public async Task Consume(ConsumeContext<WithdrawVersion> context) =>
        await context.Publish(
            await suites.ApplyAsync(SuiteRequest.From(context.Message), context.CancellationToken),
            context.CancellationToken
        );
}
