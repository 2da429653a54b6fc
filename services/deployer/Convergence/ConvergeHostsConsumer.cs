using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Deployer.Convergence;

/// <summary>Passes on what a person asks for: what is to be done follows from a look at the hosts.</summary>
internal sealed class ConvergeHostsConsumer(ConvergenceLoop loop, ILogger<ConvergeHostsConsumer> logger)
    : IConsumer<ConvergeHosts>
{
    public Task Consume(ConsumeContext<ConvergeHosts> context)
    {
        var command = context.Message;
        logger.LogInformation(
            "{By} has hosts brought to what they should run: {Application}, {Host}",
            command.By,
            command.Application ?? "all applications",
            command.Host ?? "all hosts"
        );
        loop.Insist(command.Application, command.Host);
        return Task.CompletedTask;
    }
}
