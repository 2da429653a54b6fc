using Canary.Contracts.Deploying;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Failures;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Hosts;

public sealed class HealthProbeTests : IAsyncLifetime
{
    private readonly FakeFleet _fleet = new();
    private readonly WebApplication _app;
    private readonly ServiceProvider _services;
    private int _requests;
    private Func<HttpContext, Task<int>> _answer = _ => Task.FromResult(200);

    public HealthProbeTests()
    {
        var services = new ServiceCollection();
        HealthProbe.AddClient(services);
        _services = services.BuildServiceProvider();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async http =>
        {
            Interlocked.Increment(ref _requests);
            http.Response.StatusCode = await _answer(http);
        });
    }

    private InventoryHost Host =>
        new()
        {
            Name = "web-1",
            Address = "127.0.0.1",
            Channel = Channel.Production,
            Variables = new Dictionary<string, string> { ["port"] = $"{new Uri(_app.Urls.First()).Port}" },
        };

    [Fact]
    public async Task A_good_answer_at_the_hosts_own_address_is_well()
    {
        await CheckAsync(new HealthCheck { Http = "http://${address}:${port}/health" });

        _requests.ShouldBe(1);
    }

    [Fact]
    public async Task A_host_whose_units_do_not_run_is_not_well()
    {
        var check = new HealthCheck { Units = ["shop.service"], Grace = TimeSpan.Zero };
        await CheckAsync(check);

        _fleet.Ill[$"{Host.Name} 2.0"] = true;
        (await FailAsync(check)).Message.ShouldContain("it coughs");
    }

    [Fact]
    public async Task A_host_that_needs_a_moment_is_waited_for()
    {
        _answer = _ => Task.FromResult(_requests < 3 ? 503 : 204);

        await CheckAsync(new HealthCheck { Http = "http://${address}:${port}/", Grace = TimeSpan.FromMinutes(1) });

        _requests.ShouldBe(3);
    }

    [Fact]
    public async Task The_last_answer_is_in_the_error()
    {
        _answer = _ => Task.FromResult(500);

        var error = await FailAsync(new HealthCheck { Http = "http://${address}:${port}/", Grace = TimeSpan.Zero });

        error.Code.ShouldBe("host-unhealthy");
        error.Message.ShouldBe(
            $"web-1 is unhealthy with shop 2.0: http://127.0.0.1:{Host.Variables["port"]}/ answered 500 Internal Server Error."
        );
    }

    [Theory]
    [InlineData("/sorry", "http://127.0.0.1:{port}/sorry")]
    [InlineData("http://elsewhere.example.org/", "http://elsewhere.example.org/")]
    public async Task A_redirect_is_not_followed_and_says_where_it_points(string location, string target)
    {
        _answer = http =>
        {
            http.Response.Headers.Location = location;
            return Task.FromResult(http.Request.Path == "/health" ? 302 : 200);
        };

        var error = await FailAsync(
            new HealthCheck { Http = "http://${address}:${port}/health", Grace = TimeSpan.Zero }
        );

        var port = Host.Variables["port"];
        error.Message.ShouldBe(
            $"web-1 is unhealthy with shop 2.0: http://127.0.0.1:{port}/health answered 302 Found, a redirect to "
                + $"{target.Replace("{port}", port, StringComparison.Ordinal)}, which is not followed."
        );
        _requests.ShouldBe(1);
    }

    [Fact]
    public async Task A_slow_answer_is_no_answer()
    {
        _answer = async http =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            return 200;
        };

        var error = await FailAsync(
            new HealthCheck
            {
                Http = "http://${address}:${port}/",
                Timeout = TimeSpan.FromMilliseconds(50),
                Grace = TimeSpan.Zero,
            }
        );

        error.Message.ShouldContain("did not answer within 0.05 s");
    }

    [Fact]
    public async Task A_closed_port_is_named()
    {
        var check = new HealthCheck { Http = $"http://${{address}}:{FreePort.Next()}/", Grace = TimeSpan.Zero };

        (await FailAsync(check)).Message.ShouldContain("could not be reached: Connection refused");
    }

    [Fact]
    public async Task An_ipv6_address_stands_in_brackets()
    {
        var port = FreePort.Next();
        var check = new HealthCheck { Http = $"http://${{address}}:{port}/", Grace = TimeSpan.Zero };

        var error = await Should.ThrowAsync<CanaryException>(CheckAsync(check, Host with { Address = "::1" }));

        error.Message.ShouldContain($"http://[::1]:{port}/ could not be reached");
    }

    [Theory]
    [InlineData("http://localhost:${gate}/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/health")]
    public async Task An_address_that_is_none_is_named(string address) =>
        (await FailAsync(new HealthCheck { Http = address, Grace = TimeSpan.Zero })).Message.ShouldContain(
            $"'{address}' is not an HTTP address"
        );

    [Fact]
    public async Task Whoever_waits_for_the_host_ends_the_patience_with_it()
    {
        _answer = _ => Task.FromResult(500);
        using var patience = new CancellationTokenSource();

        var check = Probe()
            .AwaitHealthyAsync(
                Host,
                new HealthTarget("shop", "shop", "2.0"),
                new HealthCheck { Http = "http://${address}:${port}/", Grace = TimeSpan.FromHours(1) },
                patience.Token,
                CancellationToken.None
            );
        await Eventually.TrueAsync(() => _requests > 1);
        await patience.CancelAsync();

        await Should.ThrowAsync<CanaryException>(check);
    }

    [Fact]
    public async Task A_host_that_lost_the_version_is_not_well()
    {
        _fleet.Put("web-1", "1.0");

        var error = await Should.ThrowAsync<CanaryException>(
            Probe().CheckAsync(Host, new HealthTarget("shop", "shop", "2.0"), check: null, CancellationToken.None)
        );

        error.Message.ShouldBe("web-1 is unhealthy with shop 2.0: dpkg reports 1.0 as installed.");
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _services.DisposeAsync();
    }

    private Task CheckAsync(HealthCheck check, InventoryHost? host = null) =>
        Probe()
            .AwaitHealthyAsync(
                host ?? Host,
                new HealthTarget("shop", "shop", "2.0"),
                check,
                CancellationToken.None,
                CancellationToken.None
            );

    private Task<CanaryException> FailAsync(HealthCheck check) => Should.ThrowAsync<CanaryException>(CheckAsync(check));

    private HealthProbe Probe() =>
        new(
            new HostTransports([_fleet]),
            _services.GetRequiredService<IHttpClientFactory>(),
            Options.Create(new DeployerOptions()),
            TimeProvider.System
        );
}
