using Canary.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Security;

/// <summary>
/// Bounds the requests in flight, over all connections and streams, on every route. What is being answered may hold a file open and
/// memory until its client has taken it, and a client need not hurry. Services are not counted: they show their token.
/// </summary>
internal sealed class RequestPlaces : IDisposable
{
    private const string AMoment = "2";

    /// <summary>Refusals that are on their way at once: whoever does not take them is told nothing more.</summary>
    private const int MostRefusals = 200;

    private readonly Dictionary<RequestKind, Places> _places;

    private int _refusals;

    public RequestPlaces(Capacity capacity, TimeProvider time, ILogger<RequestPlaces> logger)
    {
        // A fleet behind one address may come at once, each of its hosts on a connection of its own.
        var requests = new PlaceBound(capacity.Requests, capacity.Connections);
        var requestsOfOne = new PlaceBound(capacity.RequestsPerAddress, capacity.ConnectionsPerAddress);
        var followers = new PlaceBound(capacity.Followers, Waiting: 0);
        var followersOfOne = new PlaceBound(capacity.FollowersPerAddress, Waiting: 0);
        _places = new Dictionary<RequestKind, Places>
        {
            [RequestKind.Brief] = new(requests, requestsOfOne, time),
            [RequestKind.Vital] = new(requests, requestsOfOne, time),
            [RequestKind.Following] = new(followers, followersOfOne, time),
        };
        if (capacity.IsLowered)
        {
            logger.LogWarning(
                "The process may have too few files open for hosting.limits: it takes {Connections} connections, {Requests} requests and "
                    + "{Followers} followers at once instead. Raise its limit (LimitNOFILE= of systemd, ulimit -n), or lower these",
                capacity.Connections,
                capacity.Requests,
                capacity.Followers
            );
        }
    }

    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (context.User.IsInRole(Roles.Service))
        {
            await next(context);
            return;
        }

        try
        {
            var places = _places[RequestKinds.Of(context)];
            using var place = await places.TakeAsync(ClientAddress.Of(context), context.RequestAborted);
            if (place is null)
            {
                await RefuseAsync(context);
                return;
            }

            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left: there is nobody to answer.
        }
    }

    public void Dispose()
    {
        foreach (var places in _places.Values)
        {
            places.Dispose();
        }
    }

    private async Task RefuseAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _refusals) > MostRefusals)
            {
                context.Abort();
                return;
            }

            context.Response.Headers.RetryAfter = AMoment;
            await Problems
                .Result(
                    StatusCodes.Status503ServiceUnavailable,
                    HostingCodes.TooManyAtOnce,
                    "Too many requests are being answered at once, in all or of this address.",
                    "Wait as long as Retry-After says; hosting.limits.requests-per-address and .followers-per-address are how many there may "
                        + "be. A proxy before this server belongs into hosting.trusted-proxies, else all that it forwards is one client's."
                )
                .ExecuteAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _refusals);
        }
    }
}

/// <summary>Adds the bounds of connections and requests to a host.</summary>
internal static class CapacityRegistration
{
    public static void UseRequestPlaces(this IApplicationBuilder app) =>
        app.Use(next =>
        {
            var places = app.ApplicationServices.GetRequiredService<RequestPlaces>();
            return context => places.AnswerAsync(context, next);
        });

    public static IServiceCollection AddCapacity(this IServiceCollection services) =>
        services
            .AddSingleton(provider => Capacity.Of(LimitsOf(provider), OpenFiles.Limit()))
            .AddSingleton<AddressConnections>()
            .AddSingleton<RequestPlaces>();

    private static LimitOptions LimitsOf(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<LimitOptions>>().Value;
}
