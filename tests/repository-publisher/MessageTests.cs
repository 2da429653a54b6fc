using Canary.Contracts.Publishing;
using Canary.Durability.Messaging;
using Canary.RepositoryPublisher.Tests.Fixtures;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>The service as the others see it: commands in, events out.</summary>
public sealed class MessageTests
{
    [Fact]
    public async Task Package_goes_from_upload_to_withdrawal_by_messages()
    {
        await using var repository = await Repository.StartAsync();
        using var answers = await Answers.ListenAsync(repository);
        var package = DebPackage.Create();
        var (release, rollout) = (Guid.NewGuid(), Guid.NewGuid());
        using var bytes = new MemoryStream(package.Bytes);
        await repository.Uploads.StoreAsync(package.Sha256, bytes, CancellationToken.None);

        await SendAsync(
            repository,
            new PublishPackage
            {
                ReleaseId = release,
                Application = "shop",
                Package = package.Reference,
            }
        );
        (await answers.NextAsync<PackagePublished>()).Package.ShouldBe(package.Reference);

        await SendAsync(
            repository,
            new AdvertiseVersion
            {
                RequestId = Guid.NewGuid(),
                RolloutId = rollout,
                Application = "shop",
                Suite = "canary",
                Package = "shop",
                Version = "1.0",
                PhasedPercentage = 100,
            }
        );
        (await answers.NextAsync<VersionAdvertised>()).RolloutId.ShouldBe(rollout);
        repository.Listed("canary").ShouldBe(["shop 1.0"]);

        await SendAsync(
            repository,
            new WithdrawVersion
            {
                RequestId = Guid.NewGuid(),
                RolloutId = rollout,
                Application = "shop",
                Suite = "canary",
                Package = "shop",
                Version = "1.0",
            }
        );
        (await answers.NextAsync<VersionWithdrawn>()).CurrentVersion.ShouldBeNull();
        repository.Listed("canary").ShouldBeEmpty();
    }

    [Fact]
    public async Task Failures_are_answered_with_code_and_remedy()
    {
        await using var repository = await Repository.StartAsync();
        using var answers = await Answers.ListenAsync(repository);

        await SendAsync(
            repository,
            new PublishPackage
            {
                ReleaseId = Guid.NewGuid(),
                Application = "shop",
                Package = DebPackage.Create().Reference,
            }
        );
        var publishing = await answers.NextAsync<PublishingFailed>();
        await SendAsync(
            repository,
            new AdvertiseVersion
            {
                RequestId = Guid.NewGuid(),
                RolloutId = Guid.NewGuid(),
                Application = "shop",
                Suite = "canary",
                Package = "shop",
                Version = "1.0",
                PhasedPercentage = 100,
            }
        );
        var advertising = await answers.NextAsync<AdvertisingFailed>();

        publishing.Failure.Code.ShouldBe("package-not-uploaded");
        advertising.Failure.Code.ShouldBe("version-not-published");
    }

    private static Task<int> SendAsync<TCommand>(Repository repository, TCommand command)
        where TCommand : class =>
        repository.InScopeAsync(services =>
        {
            services.GetRequiredService<IOutbox<RepositoryStore>>().Send(command);
            return services.GetRequiredService<RepositoryStore>().SaveChangesAsync();
        });

    /// <summary>Collects the events that the service publishes.</summary>
    private sealed class Answers : IDisposable
    {
        private readonly System.Threading.Channels.Channel<object> _events =
            System.Threading.Channels.Channel.CreateUnbounded<object>();

        private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1), TimeProvider.System);

        public static async Task<Answers> ListenAsync(Repository repository)
        {
            var answers = new Answers();
            var endpoint = repository
                .Services.GetRequiredService<IBus>()
                .ConnectReceiveEndpoint(
                    "answers",
                    configure =>
                    {
                        answers.Collect<PackagePublished>(configure);
                        answers.Collect<PublishingFailed>(configure);
                        answers.Collect<VersionAdvertised>(configure);
                        answers.Collect<VersionWithdrawn>(configure);
                        answers.Collect<AdvertisingFailed>(configure);
                    }
                );
            await endpoint.Ready;
            return answers;
        }

        public async Task<TEvent> NextAsync<TEvent>() =>
            (await _events.Reader.ReadAsync(_deadline.Token)).ShouldBeOfType<TEvent>();

        public void Dispose() => _deadline.Dispose();

        private void Collect<TEvent>(IReceiveEndpointConfigurator endpoint)
            where TEvent : class =>
            endpoint.Handler<TEvent>(context => _events.Writer.WriteAsync(context.Message).AsTask());
    }
}
