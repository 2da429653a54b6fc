using System.Globalization;
using System.Text;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>A real Prometheus and a real Alertmanager that watch the application on the hosts of a server. It answers well until it is under
/// load; then the hosts have errors whose version cannot bear it.</summary>
internal sealed class Monitoring : IAsyncDisposable
{
    /// <summary>Content of the file <c>text</c> of a version that fails under load.</summary>
    public const string FailsUnderLoad = "fails under load";

    private static readonly string[] Hosts = ["canary-1", "production-1", "production-2"];

    private readonly TempDirectory _directory = new("canary-monitoring-");
    private readonly List<ServerProcess> _processes = [];
    private readonly Installation _installation;
    private WebApplication? _metrics;

    private Monitoring(Installation installation) => _installation = installation;

    /// <summary>Whether users come.</summary>
    public bool IsUnderLoad { get; set; }

    /// <summary>A port for an Alertmanager that is started later; Canary is told of it when it starts.</summary>
    public static int NextPort() => FreePort.Next();

    /// <param name="server">Whose hosts are watched, and who is told.</param>
    /// <param name="port">Of Alertmanager.</param>
    /// <param name="sends">Whether its webhooks find Canary.</param>
    public static async Task<Monitoring> StartAsync(CanaryServer server, int port, bool sends = true)
    {
        await InstalledPackages.RequireAsync("prometheus", "prometheus-alertmanager");
        var monitoring = new Monitoring(server);
        try
        {
            await monitoring.StartAsync(
                port,
                sends
                    ? new Uri(server.Http.BaseAddress!, "webhooks/alarms/alertmanager")
                    : new Uri("http://127.0.0.1:1/"),
                Path.Combine(server.Data, "ingress", "alarm-tokens", "alertmanager")
            );
            return monitoring;
        }
        catch
        {
            await monitoring.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.KillAsync();
            process.Dispose();
        }

        if (_metrics is not null)
        {
            await _metrics.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartAsync(int port, Uri webhook, string tokenFile)
    {
        var metrics = await StartMetricsAsync();
        var alertmanager = $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        var rules = _directory.WriteFile(
            "rules.yml",
            """
            groups:
              - name: shop
                rules:
                  - alert: ShopErrors
                    expr: shop_errors > 0
                    labels: { application: shop, severity: critical }
                    annotations: { summary: 'requests to {{ $labels.host }} fail' }
            """
        );
        var prometheus = _directory.WriteFile(
            "prometheus.yml",
            $"""
            global: {"{"} scrape_interval: 1s, evaluation_interval: 1s {"}"}
            rule_files: ['{rules}']
            alerting:
              alertmanagers:
                - static_configs: [{"{"} targets: ['{alertmanager}'] {"}"}]
            scrape_configs:
              - job_name: shop
                honor_labels: true
                static_configs: [{"{"} targets: ['{metrics}'] {"}"}]
            """
        );
        var configuration = _directory.WriteFile(
            "alertmanager.yml",
            $"""
            route: {"{"} receiver: canary, group_by: [alertname, host], group_wait: 0s, group_interval: 1s, repeat_interval: 1h {"}"}
            receivers:
              - name: canary
                webhook_configs:
                  - url: {webhook}
                    send_resolved: true
                    http_config:
                      authorization: {"{"} credentials_file: '{tokenFile}' {"}"}
            """
        );
        await StartProcessAsync(
            "/usr/bin/prometheus-alertmanager",
            new Uri($"http://{alertmanager}/-/ready"),
            $"--config.file={configuration}",
            $"--storage.path={_directory.CreateDirectory("alertmanager")}",
            $"--web.listen-address={alertmanager}",
            "--cluster.listen-address="
        );
        var listen = $"127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}";
        await StartProcessAsync(
            "/usr/bin/prometheus",
            new Uri($"http://{listen}/-/ready"),
            $"--config.file={prometheus}",
            $"--storage.tsdb.path={_directory.CreateDirectory("prometheus")}",
            $"--web.listen-address={listen}"
        );
    }

    private async Task StartProcessAsync(string program, Uri ready, params string[] arguments)
    {
        var process = ServerProcess.Start(program, arguments);
        _processes.Add(process);
        using var http = new HttpClient();
        await process.AnswersAsync(async () => (await http.GetAsync(ready)).EnsureSuccessStatusCode());
    }

    /// <summary>What the hosts would say of themselves.</summary>
    private async Task<string> StartMetricsAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _metrics = builder.Build();
        _metrics.Urls.Add("http://127.0.0.1:0");
        _metrics.MapGet("/metrics", Metrics);
        await _metrics.StartAsync();
        var address = _metrics
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        return new Uri(address.First()).Authority;
    }

    private string Metrics()
    {
        var text = new StringBuilder();
        foreach (var host in Hosts)
        {
            text.Append(CultureInfo.InvariantCulture, $"shop_errors{{host=\"{host}\"}} {(Fails(host) ? 1 : 0)}\n");
        }

        return text.ToString();
    }

    private bool Fails(string host)
    {
        var file = Path.Combine(_installation.HostRoot(host), "opt", "shop", "text");
        return IsUnderLoad && File.Exists(file) && File.ReadAllText(file) == FailsUnderLoad;
    }
}
