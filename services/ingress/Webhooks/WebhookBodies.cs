using Canary.Hosting;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>Reads bodies whose sender is not known yet, within bounds: a size, a time, and places for each client.</summary>
internal sealed class WebhookBodies(BodyPlaces places, IOptionsMonitor<IngressOptions> options, TimeProvider time)
{
    private const string AMoment = "2";

    /// <returns>The body, or why there is none.</returns>
    public async Task<(RequestBody? Body, ProblemHttpResult? Refusal)> ReadAsync(HttpContext context)
    {
        // The limit is ours, and its answer says so.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        if (context.Request.ContentLength > RequestBody.Limit)
        {
            return (null, TooLarge());
        }

        if (places.TryTake(ClientAddress.Of(context)) is not { } place)
        {
            return (null, NoPlace(context.Response));
        }

        var limit = options.CurrentValue.WebhookBodyTimeout;
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            var (body, fault) = await RequestBody.ReadAsync(context.Request.Body, place, either.Token);
            return fault switch
            {
                BodyFault.TooLarge => (null, TooLarge()),
                BodyFault.NoPlace => (null, NoPlace(context.Response)),
                _ => (body, null),
            };
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return (null, TooSlow(limit));
        }
    }

    private static ProblemHttpResult TooLarge() =>
        Problems.Result(
            StatusCodes.Status413PayloadTooLarge,
            IngressCodes.PayloadTooLarge,
            $"The body is over {RequestBody.Limit} bytes; GitHub sends none over 25 MB.",
            "A push: split it, or start the release by hand: POST /api/releases. A notification of Jenkins: let it carry fewer lines of "
                + "the log."
        );

    private static ProblemHttpResult TooSlow(TimeSpan limit) =>
        Problems.Result(
            StatusCodes.Status408RequestTimeout,
            HostingCodes.BodyTooSlow,
            $"The body did not arrive within {limit.TotalSeconds} s.",
            "Send the webhook again; if the network is so slow, raise ingress.webhook-body-timeout."
        );

    private static ProblemHttpResult NoPlace(HttpResponse response)
    {
        response.Headers.RetryAfter = AMoment;
        return Problems.Result(
            StatusCodes.Status503ServiceUnavailable,
            IngressCodes.NoPlace,
            "Too many webhooks of this address are being received at once.",
            "Send the webhook again in a moment; ingress.webhook-places-per-client is how many there may be. A proxy before this "
                + "server belongs into hosting.trusted-proxies, else all that it forwards is one client's."
        );
    }
}
