using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Durability;
using Canary.Durability.Connections;
using Canary.Durability.Storage;
using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Health;

/// <summary>Asks the hosts of the services that run elsewhere how they are.</summary>
public sealed class OtherHosts
{
    internal const string Path = "internal/doctor";

    internal const string ClientName = "canary-doctor";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly List<string> _elsewhere;
    private readonly ServiceDirectory _services;
    private readonly IHttpClientFactory _clients;
    private readonly Tokens _tokens;
    private readonly TimeProvider _machine;

    internal OtherHosts(
        IOptions<HostingOptions> options,
        IEnumerable<HostedModule> here,
        ServiceDirectory services,
        IHttpClientFactory clients,
        Tokens tokens,
        TimeProvider time
    )
    {
        _elsewhere = [.. options.Value.Services.Keys.Except(here.Select(module => module.Name)).Order()];
        _services = services;
        _clients = clients;
        _tokens = tokens;
        _machine = time.OfThisMachine();
    }

    /// <summary>What each says of itself, by the name of its service; one that does not answer counts as a finding.</summary>
    public async Task<IReadOnlyList<HostCheck>> AskAsync(CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(_elsewhere.Select(service => AskAsync(service, cancellation)));
        return [.. answers.SelectMany(answer => answer)];
    }

    private async Task<IReadOnlyList<HostCheck>> AskAsync(string service, CancellationToken cancellation)
    {
        var address = _services.AddressOf(service);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(AnswerLimit);
            using var client = _clients.CreateClient(ClientName);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, Path));
            request.Headers.Authorization = new AuthenticationHeaderValue(TokenAuthentication.Name, _tokens.Service);
            var asked = _machine.GetUtcNow();
            using var answer = await client.SendAsync(request, limit.Token);
            var skew = answer.Headers.Date is { } date ? ClockSkew.Of(date, asked, _machine.GetUtcNow()) : null;
            answer.EnsureSuccessStatusCode();
            var checks = await answer.Content.ReadFromJsonAsync<IReadOnlyList<HostCheck>>(Json, limit.Token);
            return
            [
                new HostCheck
                {
                    Name = service,
                    Status = skew is null ? HealthStatus.Healthy : HealthStatus.Degraded,
                    Detail = skew is null
                        ? $"{address} answers."
                        : $"{address} answers, but its clock is {skew} that of ingress.",
                    Remedy = skew is null ? null : ClockSkew.Remedy,
                },
                .. checks!.Select(check => check with { Name = $"{service}: {check.Name}" }),
            ];
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status)
        {
            return
            [
                Failed(
                    service,
                    $"{address} answers {(int)status}.",
                    "See that both hosts have the same service token."
                ),
            ];
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return [Failed(service, $"{address} does not answer: {e.Message}", Start(service))];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [Failed(service, $"{address} does not answer within {AnswerLimit.TotalSeconds} s.", Start(service))];
        }
    }

    private static string Start(string service) =>
        $"See that {service} runs, and its log; its address stands under hosting.services.";

    private static HostCheck Failed(string service, string detail, string remedy) =>
        new()
        {
            Name = service,
            Status = HealthStatus.Unhealthy,
            Detail = detail,
            Remedy = remedy,
        };
}
