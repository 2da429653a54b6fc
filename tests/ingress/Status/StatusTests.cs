using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Ingress.Tests.Status;

public class StatusTests
{
    [Fact]
    public async Task What_is_missing_is_told_with_a_remedy()
    {
        await using var host = await IngressHost.StartAsync("--ingress:minimumfreespace=1000000000000");

        var status = await host.GetAsync("/api/status");

        status.Text("version").ShouldNotBeNullOrWhiteSpace();
        new Uri(status.Text("listening")).ShouldBe(host.Address);
        TimeSpan.Parse(status.Text("uptime")).ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
        var checks = status.GetProperty("checks").EnumerateArray().ToDictionary(x => x.Text("name"));
        Status(checks, "data-directory").ShouldBe("ok");
        Status(checks, "webhook-secret").ShouldBe("ok");
        Status(checks, "repositories").ShouldBe("ok");
        Status(checks, "messages").ShouldBe("ok");
        Status(checks, "free-space").ShouldBe("warning");
        Status(checks, "hosts").ShouldBe("warning");
        Status(checks, "repository").ShouldBe("failed");
        foreach (var check in checks.Values.Where(x => x.Text("status") != "ok"))
        {
            check.Text("remedy").ShouldNotBeNullOrWhiteSpace();
        }

        status.ToString().ShouldNotContain(IngressHost.Secret);
    }

    [Fact]
    public async Task Consul_is_looked_at_where_it_is_configured()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await IngressHost.StartAsync($"--hosting:consul:addresses:0={consul.Address}");

        var well = await ConsulCheckAsync(host);
        well.Text("status").ShouldBe("ok");
        well.Text("detail").ShouldBe($"Consul 1.8.7 answers at {consul.Address}.");

        await consul.KillAsync();
        var ill = await ConsulCheckAsync(host);
        ill.Text("status").ShouldBe("failed");
        ill.Text("detail").ShouldContain(consul.Address);
        ill.Text("remedy").ShouldContain("hosting.consul.addresses");

        static async Task<JsonElement> ConsulCheckAsync(IngressHost host) =>
            (await host.GetAsync("/api/status?fresh=true"))
                .GetProperty("checks")
                .EnumerateArray()
                .Single(check => check.Text("name") == "consul");
    }

    [Fact]
    public async Task All_who_ask_at_once_share_one_look()
    {
        var look = new SlowLook();
        await using var host = await IngressHost.StartAsync(services =>
            services.AddHealthChecks().AddCheck("slow", look, tags: [CanaryHostBuilder.DoctorTag])
        );

        var asked = Enumerable.Range(0, 50).Select(_ => host.GetAsync("/api/status")).ToList();
        var fresh = host.GetAsync("/api/status?fresh=true");
        await Eventually.TrueAsync(() => look.Looks > 0);
        look.Over.SetResult();
        await Task.WhenAll([.. asked, fresh]);

        // Those who come long after a look begin another.
        look.AtOnce.ShouldBe(1);
        look.Looks.ShouldBeLessThan(asked.Count);
    }

    [Fact]
    public async Task Known_hosts_are_counted()
    {
        await using var host = await IngressHost.StartAsync();
        await host.PublishAsync(
            new FleetObserved
            {
                Revision = 1,
                ObservedAt = Snapshots.Noon,
                Hosts =
                [
                    new FleetHost
                    {
                        Name = "canary-1",
                        Address = "192.0.2.1",
                        Channel = Channel.Canary,
                        Role = "app",
                        Applications = ["shop"],
                        Transport = "ssh",
                    },
                ],
            }
        );

        await Eventually.PassesAsync(async () =>
        {
            var checks = (await host.GetAsync("/api/status")).GetProperty("checks").EnumerateArray();
            checks.Single(x => x.Text("name") == "hosts").Text("detail").ShouldStartWith("1 known, 1 of them");
        });
    }

    [Fact]
    public async Task Services_in_other_processes_tell_how_they_are_and_silence_is_a_failure()
    {
        await using var other = await IngressHost.StartAsync("--hosting:consul:addresses:0=http://127.0.0.1:1");
        var silent = $"http://127.0.0.1:{FreePort.Next()}/";
        var data = new TempDirectory();
        data.WriteFile("secrets/service-token", File.ReadAllText(other.Data.Combine("secrets", "service-token")));
        await using var host = await IngressHost.StartAsync(
            data,
            owns: true,
            $"--hosting:services:packager={other.Address}",
            $"--hosting:services:deployer={silent}"
        );

        var status = await host.GetAsync("/api/status");

        var checks = status.GetProperty("checks").EnumerateArray().ToDictionary(x => x.Text("name"));
        Status(checks, "packager").ShouldBe("ok");
        Status(checks, "packager: consul").ShouldBe("failed");
        checks["packager: consul"].Text("remedy").ShouldContain("hosting.consul.addresses");
        Status(checks, "deployer").ShouldBe("failed");
        checks["deployer"].Text("detail").ShouldContain(silent);
    }

    /// <summary>A check that takes its time, and counts.</summary>
    private sealed class SlowLook : IHealthCheck
    {
        private int _looks;
        private int _now;

        public TaskCompletionSource Over { get; } = new();

        public int Looks => _looks;

        public int AtOnce { get; private set; }

        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context,
            CancellationToken cancellationToken = default
        )
        {
            Interlocked.Increment(ref _looks);
            AtOnce = Math.Max(AtOnce, Interlocked.Increment(ref _now));
            await Over.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _now);
            return HealthCheckResult.Healthy();
        }
    }

    private static string Status(Dictionary<string, JsonElement> checks, string name) => checks[name].Text("status");
}
