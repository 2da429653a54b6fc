using System.Net;
using Canary.Hosting.Http;

namespace Canary.Ingress.Notifications;

/// <summary>What a service answered.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string Body);

/// <summary>
/// Posts to a service that the configuration names. Addresses may be secrets: nothing logs or traces them. A redirect is not
/// followed, and an answer is read up to a limit.
/// </summary>
internal sealed class HttpPost : IDisposable
{
    private const int LargestAnswer = 64 * 1024;

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <param name="authorities">File with the certificates (PEM) of authorities; <c>null</c>: those that the machine trusts.</param>
    /// <param name="time">The time, for services that say when to come again.</param>
    public HttpPost(string? authorities, TimeProvider time)
    {
        _time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = ConnectionLifetime,
            // Without it there is no trace, which would show the address.
            ActivityHeadersPropagator = null,
        };
        if (authorities is not null)
        {
            handler.SslOptions.CertificateChainPolicy = TrustedAuthorities.In(authorities);
        }

        _client = new HttpClient(handler)
        {
            MaxResponseContentBufferSize = LargestAnswer,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts, and makes sure that the service took it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="service">The service, as messages call it.</param>
    /// <param name="reasonIn">Finds the reason in an answer that refuses; <c>null</c>: it is in none.</param>
    /// <param name="cancellation">The time is over.</param>
    /// <exception cref="DeliveryException">It did not.</exception>
    public async Task<HttpAnswer> SendAsync(
        HttpRequestMessage request,
        string service,
        Func<string, string?>? reasonIn,
        CancellationToken cancellation
    )
    {
        try
        {
            using var response = await _client.SendAsync(request, cancellation);
            var answer = new HttpAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
            if (!response.IsSuccessStatusCode)
            {
                throw Refusal(response, service, reasonIn?.Invoke(answer.Body));
            }

            return answer;
        }
        catch (HttpRequestException exception)
        {
            throw new DeliveryException(
                $"{service} does not answer: {exception.Message}",
                "See that its address is right and that it can be reached from here.",
                exception
            );
        }
        // What an answer says of its encoding may be nonsense.
        catch (InvalidOperationException exception)
        {
            throw Unreadable(service, exception);
        }
    }

    /// <summary>An answer that no such service gives.</summary>
    public static DeliveryException Unreadable(string service, Exception? cause = null) =>
        new(
            $"What {service} answers cannot be read.",
            "See that the address is that of the service, and that no proxy answers in its place.",
            cause
        );

    private DeliveryException Refusal(HttpResponseMessage response, string service, string? reason)
    {
        var status = (int)response.StatusCode;
        var said = $"{service} answers {status}{(reason is null ? "" : $" ({reason})")}";
        return status switch
        {
            >= 300 and < 400 => new DeliveryException(
                $"{said}, and redirects are not followed.",
                "Name the address that it leads to, if it is the right one."
            ),
            429 => new DeliveryException($"{said}: too many messages.", "Nothing: it is tried again later.")
            {
                RetryAfter = RetryAfterOf(response),
            },
            408 or >= 500 => new DeliveryException(
                $"{said}.",
                "Nothing, if it passes; look at the service if it stays."
            )
            {
                RetryAfter = RetryAfterOf(response),
            },
            401 or 403 or 404 or 405 or 410 => new DeliveryException(
                $"{said}.",
                "See that the address and the secret are right, and that the service still has the channel."
            ),
            _ => new DeliveryException($"{said}: it does not take this message.", "Look at the service's own log.")
            {
                IsOfMessage = true,
            },
        };
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var wish = response.Headers.RetryAfter;
        return wish?.Delta ?? wish?.Date - _time.GetUtcNow();
    }

    public void Dispose() => _client.Dispose();
}
