using System.Text;
using Canary.Failures;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;

namespace Canary.Durability.Messaging;

/// <summary>Whether the nodes of the broker answer, are new enough, let this host in and take messages; and whether its queues
/// are what they should be.</summary>
internal sealed class RabbitMqCheck(TransportOptions options, IBusControl bus) : IHealthCheck
{
    private static readonly Version Oldest = new(3, 10);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Goodbye = TimeSpan.FromMilliseconds(500);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var nodes = RabbitMqConnections.Nodes(options);
        var looks = await Task.WhenAll(nodes.Select(node => LookAsync(node, cancellationToken)));
        var healthy = looks.Where(look => look.Failure is null).ToList();
        var failures = looks
            .Select(look => look.Failure)
            .OfType<CanaryException>()
            .OrderBy(failure => failure.Code == RabbitMqErrors.Unreachable)
            .ToList();
        var words = string.Join("; ", failures.Select(failure => failure.Message).Distinct());
        if (healthy.Count == 0 || (failures.Count > 0 && failures[0].Code != RabbitMqErrors.Unreachable))
        {
            return CheckFailure.Unhealthy(words, failures[0].Remedy);
        }

        var place = string.Join(", ", healthy.Select(look => look.Place));
        if (FaultOfBus(place) is { } fault)
        {
            return CheckFailure.Unhealthy(fault);
        }

        var all = $"RabbitMQ {healthy[0].Version} at {place}, virtual host {options.VirtualHost}";
        return failures.Count > 0
            ? CheckFailure.Degraded($"{words}; {all} does.", failures[0].Remedy)
            : HealthCheckResult.Healthy(all);
    }

    private async Task<Look> LookAsync(AmqpTcpEndpoint node, CancellationToken cancellation)
    {
        var place = RabbitMqConnections.PlaceOf(node);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        try
        {
            var factory = RabbitMqConnections.Factory(options);
            factory.RequestedConnectionTimeout = AnswerLimit;
            var connection = await factory.CreateConnectionAsync([node], "canary-doctor", limit.Token);
            try
            {
                return await LookAsync(place, connection, limit.Token);
            }
            finally
            {
                // A broker that takes no messages does not answer a farewell either.
                await Task.WhenAny(
                    connection.DisposeAsync().AsTask(),
                    Task.Delay(Goodbye, TimeProvider.System, CancellationToken.None)
                );
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            return new Look(place, Version: null, RabbitMqErrors.Of(options, place, exception));
        }
    }

    private static async Task<Look> LookAsync(string place, IConnection connection, CancellationToken cancellation)
    {
        var product = Property(connection, "product");
        if (product != "RabbitMQ")
        {
            return new Look(place, Version: null, RabbitMqErrors.NotRabbitMq(place, product));
        }

        var said = Property(connection, "version");
        if (Version.TryParse(said.Split('-', '+')[0], out var version) && version < Oldest)
        {
            return new Look(place, said, RabbitMqErrors.TooOld(place, version, Oldest));
        }

        return new Look(place, said, await BlockedAsync(place, connection, cancellation));
    }

    /// <summary>A broker tells of its alarms who sends something: here to nobody.</summary>
    private static async Task<CanaryException?> BlockedAsync(
        string place,
        IConnection connection,
        CancellationToken cancellation
    )
    {
        var blocked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionBlockedAsync += (_, alarm) =>
        {
            blocked.TrySetResult(alarm.Reason);
            return Task.CompletedTask;
        };
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellation);
        // It takes the first one still.
        for (var i = 0; i < 2; i++)
        {
            var sent = channel
                .BasicPublishAsync("", "canary-doctor", ReadOnlyMemory<byte>.Empty, cancellation)
                .AsTask();
            if (await Task.WhenAny(sent, blocked.Task) == blocked.Task)
            {
                return RabbitMqErrors.Blocked(place, await blocked.Task);
            }

            await sent;
        }

        return null;
    }

    private CanaryException? FaultOfBus(string place)
    {
        var health = bus.CheckHealth();
        if (health.Status == BusHealthStatus.Healthy)
        {
            return null;
        }

        var ill = health.Endpoints.Where(endpoint => endpoint.Value.Status != BusHealthStatus.Healthy).ToList();
        return ill.Select(endpoint => endpoint.Value.Exception).FirstOrDefault(fault => fault is not null) is { } fault
            ? RabbitMqErrors.Of(options, place, fault)
            : new CanaryException(
                RabbitMqErrors.Unreachable,
                $"RabbitMQ at {place} answers, but these queues are not ready: "
                    + string.Join(", ", ill.Select(endpoint => endpoint.Value.InputAddress.Segments[^1]))
                    + ".",
                "It passes if this service has just started. Else see its log, and the queues: rabbitmqctl list_queues -p "
                    + $"{options.VirtualHost} name state leader."
            );
    }

    private static string Property(IConnection connection, string name) =>
        connection.ServerProperties?.TryGetValue(name, out var value) == true && value is byte[] text
            ? Encoding.UTF8.GetString(text)
            : "unknown";

    private sealed record Look(string Place, string? Version, CanaryException? Failure);
}
