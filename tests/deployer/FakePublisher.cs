using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Contracts.Publishing;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Tests;

/// <summary>Answers as contracts/Publishing says, and can be made to refuse or to keep silent.</summary>
public sealed class FakePublisher
{
    /// <summary>What it was asked, in order: <c>advertise canary 1.0 100</c>, <c>withdraw canary 1.0</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Requests that get no answer, by how they begin.</summary>
    public ConcurrentBag<string> Silence { get; } = [];

    /// <summary>What a suite was asked to list again, by suite and the version that left it.</summary>
    public ConcurrentDictionary<string, IReadOnlyList<string>> Restored { get; } = [];

    /// <summary>What rollouts have said that hosts need, by their number.</summary>
    public ConcurrentDictionary<long, IReadOnlyList<string>> Kept { get; } = [];

    /// <summary>Versions that the pool does not have any more.</summary>
    public ConcurrentBag<string> Forgotten { get; } = [];

    /// <summary>How many requests get no answer before it speaks.</summary>
    public int Deafness { get; set; }

    /// <summary>Requests that are refused, by how they begin.</summary>
    public ConcurrentBag<string> Refusals { get; } = [];

    public async Task AnswerAsync(string request, Func<Task> agree, Func<Task> refuse)
    {
        Requests.Enqueue(request);
        if (Requests.Count <= Deafness || Silence.Any(request.StartsWith))
        {
            return;
        }

        await (Refusals.Any(request.StartsWith) ? refuse() : agree());
    }
}

public sealed class PublisherStore(DbContextOptions<PublisherStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}

public sealed class AdvertiseConsumer(FakePublisher publisher) : IConsumer<AdvertiseVersion>
{
    public Task Consume(ConsumeContext<AdvertiseVersion> context)
    {
        var asked = context.Message;
        return publisher.AnswerAsync(
            $"advertise {asked.Suite} {asked.Version} {asked.PhasedPercentage}",
            () =>
                context.Publish(
                    new VersionAdvertised
                    {
                        RequestId = asked.RequestId,
                        RolloutId = asked.RolloutId,
                        Application = asked.Application,
                        Suite = asked.Suite,
                        Package = asked.Package,
                        Version = asked.Version,
                        PhasedPercentage = asked.PhasedPercentage,
                    }
                ),
            () => context.Publish(Refusal.Of(asked.RequestId, asked.RolloutId, asked.Application))
        );
    }
}

public sealed class KeepConsumer(FakePublisher publisher) : IConsumer<KeepVersions>
{
    public Task Consume(ConsumeContext<KeepVersions> context)
    {
        var asked = context.Message;
        publisher.Kept[asked.Number] = [.. asked.Versions.Select(it => $"{it.Package} {it.Version}")];
        return publisher.Silence.Contains("keep")
            ? Task.CompletedTask
            : context.Publish(
                new VersionsKept
                {
                    RequestId = asked.RequestId,
                    RolloutId = asked.RolloutId,
                    Application = asked.Application,
                    Missing = [.. asked.Versions.Where(it => publisher.Forgotten.Contains(it.Version))],
                }
            );
    }
}

public sealed class WithdrawConsumer(FakePublisher publisher) : IConsumer<WithdrawVersion>
{
    public Task Consume(ConsumeContext<WithdrawVersion> context)
    {
        var asked = context.Message;
        publisher.Restored[$"{asked.Suite} {asked.Version}"] =
        [
            .. asked.Restores.Select(it => $"{it.Package} {it.Version}"),
        ];
        return publisher.AnswerAsync(
            $"withdraw {asked.Suite} {asked.Version}",
            () =>
                context.Publish(
                    new VersionWithdrawn
                    {
                        RequestId = asked.RequestId,
                        RolloutId = asked.RolloutId,
                        Application = asked.Application,
                        Suite = asked.Suite,
                        Package = asked.Package,
                        Version = asked.Version,
                        Restored = [.. asked.Restores.Where(it => !publisher.Forgotten.Contains(it.Version))],
                    }
                ),
            () => context.Publish(Refusal.Of(asked.RequestId, asked.RolloutId, asked.Application))
        );
    }
}

internal static class Refusal
{
    public static AdvertisingFailed Of(Guid requestId, Guid rolloutId, string application) =>
        new()
        {
            RequestId = requestId,
            RolloutId = rolloutId,
            Application = application,
            Failure = new Failure
            {
                Code = "disk-full",
                Message = "The disk is full.",
                Remedy = "Make room.",
            },
        };
}
