using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Security;

/// <summary>How many requests a client may make: each address has a measure for each token, and one without any.</summary>
internal static class RequestRates
{
    private const int SecondsAtOnce = 10;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddRequestRates(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services
            .AddOptions<RateLimiterOptions>()
            .Configure(
                (RateLimiterOptions limiter, IOptions<LimitOptions> limits) =>
                {
                    limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Client>(context =>
                        MeasureOf(context, limits.Value.RequestsPerSecond)
                    );
                    limiter.OnRejected = RefuseAsync;
                }
            );
        return services;
    }

    private static RateLimitPartition<Client> MeasureOf(HttpContext context, int perSecond)
    {
        var client = new Client(ClientAddress.Of(context), context.User.FindFirstValue(ClaimTypes.Role));
        return client.Role == Roles.Service
            ? RateLimitPartition.GetNoLimiter(client)
            : RateLimitPartition.GetTokenBucketLimiter(
                client,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = perSecond * SecondsAtOnce,
                    TokensPerPeriod = perSecond,
                    ReplenishmentPeriod = Second,
                    QueueLimit = 0,
                }
            );
    }

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var context = rejected.HttpContext;
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : Second;
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await Problems
            .Result(
                StatusCodes.Status429TooManyRequests,
                HostingCodes.TooManyRequests,
                "This client makes more requests than it may.",
                "Wait as long as Retry-After says; hosting.limits.requests-per-second is how many there may be."
            )
            .ExecuteAsync(context);
    }

    private readonly record struct Client(IPAddress Address, string? Role);
}
