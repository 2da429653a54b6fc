using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Notifications;

/// <summary>The channels over HTTP: how they fare, and a test of each.</summary>
internal static class NotificationEndpoints
{
    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapNotifications(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/notifications", ListAsync)
            .WithName("ListChannels")
            .WithSummary("Lists the channels that are told of releases, and how they fare.");
        routes
            .MapPost("/notifications/{name}/test", TestAsync)
            .RequireOperator()
            .WithName("TestChannel")
            .WithSummary("Sends a test by the way that all messages of a channel take, and says what came of it.");
    }

    private static async Task<Ok<ChannelList>> ListAsync(
        ChannelQueries channels,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(new ChannelList(await channels.ListAsync(cancellationToken)));

    private static async Task<Results<Ok<ChannelTest>, ProblemHttpResult>> TestAsync(
        string name,
        Decision? decision,
        Channels channels,
        Senders senders,
        AuditLog audit,
        CancellationToken cancellationToken
    )
    {
        if (channels.Find(name) is not { } channel)
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.NotificationChannelUnknown,
                $"There is no channel '{PlainText.Line(name, 50)}'.",
                "See which there are: canary notifications list. They stand under ingress.notifications.channels."
            );
        }

        var test = await TryAsync(channel, senders, cancellationToken);
        await audit.WriteAsync(
            Decision.Of(AuditedActions.TestNotification, decision) with
            {
                Detail = $"{name}: {(test.Delivered ? "delivered" : "not delivered")}",
            },
            cancellationToken
        );
        return TypedResults.Ok(test);
    }

    private static async Task<ChannelTest> TryAsync(Channel channel, Senders senders, CancellationToken cancellation)
    {
        try
        {
            await senders.TestAsync(channel, cancellation);
            return new ChannelTest { Name = channel.Name, Delivered = true };
        }
        catch (DeliveryException failure)
        {
            return new ChannelTest
            {
                Name = channel.Name,
                Delivered = false,
                Error = failure.Message,
                Remedy = failure.Remedy,
            };
        }
    }
}
