using System.Globalization;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Tells whether a host is healthy with a version: dpkg has it installed, and the application's check, if it has
/// one, passes.</summary>
internal sealed class HealthProbe(
    HostTransports transports,
    IHttpClientFactory clients,
    IOptions<DeployerOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Adds what checks by HTTP are made with. A redirect is no good answer: what it leads to, a page that says sorry or
    /// asks for a login, is somebody else's.</summary>
    public static void AddClient(IServiceCollection services) =>
        services
            .AddHttpClient(nameof(HealthProbe))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false })
            // A fleet is checked every few seconds: a line for each request would drown the log.
            .RemoveAllLoggers();

    /// <summary>Checks until the host is healthy, or the check's grace is over.</summary>
    /// <param name="patience">Ends the waiting for a better answer, not the check at work.</param>
    /// <exception cref="CanaryException"><c>host-unhealthy</c></exception>
    public async Task AwaitHealthyAsync(
        InventoryHost host,
        HealthTarget target,
        HealthCheck? check,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        if (check is null)
        {
            return;
        }

        var grace = check.Grace ?? options.Value.HealthGrace;
        var started = time.GetTimestamp();
        var pause = FirstPause;
        for (var tries = 1; ; tries++)
        {
            var problem = await TryAsync(host, target, check, cancellation);
            HostLogs.Here?.Say(problem is null ? "health check: healthy" : $"health check: {problem}");
            if (problem is null)
            {
                return;
            }

            if (patience.IsCancellationRequested || time.GetElapsedTime(started) + pause > grace)
            {
                throw Unhealthy(host, target, problem, tries);
            }

            await PauseAsync(pause, patience, cancellation);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Checks once.</summary>
    /// <exception cref="CanaryException"><c>host-unhealthy</c>, <c>host-unreachable</c></exception>
    public async Task CheckAsync(
        InventoryHost host,
        HealthTarget target,
        HealthCheck? check,
        CancellationToken cancellation
    )
    {
        var installed = await transports.For(host).InspectAsync(host, target.Package, cancellation);
        if (!installed.Is(target.Version))
        {
            throw Unhealthy(host, target, $"dpkg reports {installed.Version ?? "no version"} as installed", tries: 1);
        }

        if (check is not null && await TryAsync(host, target, check, cancellation) is { } problem)
        {
            throw Unhealthy(host, target, problem, tries: 1);
        }
    }

    /// <summary>Why the host is unhealthy; <c>null</c>: it is.</summary>
    private async Task<string?> TryAsync(
        InventoryHost host,
        HealthTarget target,
        HealthCheck check,
        CancellationToken cancellation
    )
    {
        var timeout = check.Timeout ?? options.Value.HealthTimeout;
        try
        {
            return check switch
            {
                { Command: { Count: > 0 } command } => await transports
                    .For(host)
                    .RunHealthCommandAsync(host, target, command, timeout, cancellation),
                { Units: { Count: > 0 } units } => await transports
                    .For(host)
                    .CheckUnitsAsync(host, target, units, !check.UnitsAreImplied, timeout, cancellation),
                _ => await GetAsync(Fill(check.Http!, host), timeout, cancellation),
            };
        }
        catch (CanaryException exception)
        {
            return exception.Message;
        }
    }

    private async Task<string?> GetAsync(string address, TimeSpan timeout, CancellationToken cancellation)
    {
        if (
            !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        )
        {
            return $"'{address}' is not an HTTP address; every ${{placeholder}} in it must be a variable of the host";
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var client = clients.CreateClient(nameof(HealthProbe));
            using var answer = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            var redirect =
                answer.Headers.Location is { } target && status[0] == '3'
                    ? $", a redirect to {new Uri(uri, target)}, which is not followed"
                    : "";
            return answer.IsSuccessStatusCode ? null : $"{uri} answered {status} {answer.ReasonPhrase}{redirect}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"{uri} did not answer within {timeout.TotalSeconds:0.###} s";
        }
        catch (HttpRequestException exception)
        {
            return $"{uri} could not be reached: {exception.Message}";
        }
    }

    private static string Fill(string template, InventoryHost host) =>
        host.Variables.Aggregate(
            template.Replace("${address}", InAddress(host.Address), StringComparison.Ordinal),
            (text, variable) => text.Replace($"${{{variable.Key}}}", variable.Value, StringComparison.Ordinal)
        );

    private static string InAddress(string address) =>
        Uri.CheckHostName(address) == UriHostNameType.IPv6 ? $"[{address}]" : address;

    private async Task PauseAsync(TimeSpan pause, CancellationToken patience, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(pause, time, patience);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static CanaryException Unhealthy(InventoryHost host, HealthTarget target, string problem, int tries) =>
        new(
            DeployerCodes.HostUnhealthy,
            $"{host.Name} is unhealthy with {target.Package} {target.Version}: {problem}"
                + (tries > 1 ? $" (the last of {tries} tries)." : "."),
            "Correct the application, or its health check, and push again."
        );
}
