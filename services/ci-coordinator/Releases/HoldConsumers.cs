using Canary.Contracts.Releases;
using MassTransit;

namespace Canary.CiCoordinator.Releases;

/// <summary>Holds the automatic deployments of an application.</summary>
internal sealed class HoldApplicationConsumer(Holds holds) : IConsumer<HoldApplication>, IConsumer<AnnounceHold>
{
    public Task Consume(ConsumeContext<HoldApplication> context) =>
        holds.HoldAsync(context.Message.Application, context.Message.By, context.Message.Reason, context);

    public Task Consume(ConsumeContext<AnnounceHold> context) => holds.AnnounceAgainAsync(context.Message, context);
}

/// <summary>Resumes them.</summary>
internal sealed class ResumeApplicationConsumer(Holds holds) : IConsumer<ResumeApplication>
{
    public Task Consume(ConsumeContext<ResumeApplication> context) =>
        holds.ResumeAsync(context.Message.Application, context);
}
