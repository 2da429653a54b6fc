using System.Net.Http.Headers;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.Webhooks;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Asks Alertmanager what fires, and gives it test alarms. Source: <c>api/v2/openapi.yaml</c> of Alertmanager.</summary>
internal sealed class AlertmanagerClient(
    IHttpClientFactory clients,
    SecretFiles secretFiles,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    public const string ClientName = "alertmanager";

    /// <summary>An answer that is longer is none of a sane Alertmanager.</summary>
    public const long LongestAnswer = 20_000_000;

    private static readonly TimeSpan LifeOfTest = TimeSpan.FromMinutes(5);

    public bool IsConfigured => options.CurrentValue.Alarms.Alertmanager.Address is not null;

    /// <exception cref="HttpRequestException">It is unavailable, or refuses.</exception>
    /// <exception cref="System.Text.Json.JsonException">It answers something else.</exception>
    public async Task<IReadOnlyList<ReceivedAlarm>> FiringAsync(CancellationToken cancellationToken)
    {
        using var request = RequestFor(HttpMethod.Get, "api/v2/alerts?active=true&silenced=false&inhibited=false");
        using var client = clients.CreateClient(ClientName);
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return AlertmanagerAlarms.ReadList(await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    /// <returns>Why it was not sent; <c>null</c>: it was.</returns>
    public async Task<string?> SendTestAsync(AlarmDrill drill, string severity, CancellationToken cancellationToken)
    {
        using var request = RequestFor(HttpMethod.Post, "api/v2/alerts");
        request.Content = JsonContent.Create(
            new[]
            {
                new
                {
                    labels = new Dictionary<string, string>
                    {
                        ["alertname"] = "CanaryTest",
                        ["application"] = drill.Application,
                        ["severity"] = severity,
                        ["test"] = drill.Id,
                    },
                    annotations = new
                    {
                        summary = "Somebody tests whether alarms reach Canary; nothing is to be done.",
                    },
                    endsAt = time.GetUtcNow() + LifeOfTest,
                },
            }
        );
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"it answers {(int)response.StatusCode}.";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "it does not answer in time.";
        }
    }

    private HttpRequestMessage RequestFor(HttpMethod method, string path)
    {
        var alertmanager = options.CurrentValue.Alarms.Alertmanager;
        var request = new HttpRequestMessage(method, new Uri($"{alertmanager.Address!.TrimEnd('/')}/{path}"));
        if (alertmanager.AccessTokenFile is { } file && secretFiles.Read(file, []) is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                System.Text.Encoding.UTF8.GetString(token)
            );
        }

        return request;
    }
}
