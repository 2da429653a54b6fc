using Canary.Cli.Demo;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Canary.Cli.Tests;

/// <summary>What the demo makes of a host that was down for a moment.</summary>
public sealed class DemoFleetTests
{
    private const string Version = "1.0.0-1.gabc";

    [Fact]
    public async Task A_host_that_comes_back_is_waited_for()
    {
        using var fleet = new OneHost { ComesBackWithin = TimeSpan.FromMinutes(1) };
        var looking = fleet.LookAsync(TimeProvider.System, CancellationToken.None);
        await Eventually.TrueAsync(() => fleet.Looks > 1);

        await using var host = await fleet.AnswerAsync();

        (await looking).ShouldBe([new Sight(fleet.Host, Version, "1.0.0")]);
    }

    [Fact]
    public async Task One_that_cannot_come_back_is_not()
    {
        using var fleet = new OneHost();

        (await fleet.LookAsync(TimeProvider.System, CancellationToken.None)).ShouldBe([
            new Sight(fleet.Host, Version, null),
        ]);
    }

    [Theory]
    [InlineData(false, "no answer")]
    [InlineData(true, null)]
    public async Task Silence_counts_unless_the_host_itself_was_down(bool wasDown, string? counted)
    {
        using var fleet = new OneHost { WasDown = wasDown };
        await using var watch = new ProductionWatch(fleet, TimeProvider.System);
        await Eventually.TrueAsync(() => fleet.Questions > 2);

        (await watch.StopAsync()).Keys.ShouldBe(counted is null ? [] : [counted]);
    }

    private sealed class OneHost() : DemoFleet([new DemoHost("web-1", IsCanary: false, FreePort.Next())])
    {
        public DemoHost Host => Hosts[0];

        public TimeSpan ComesBackWithin { get; init; }

        public bool WasDown { get; init; }

        public int Looks { get; private set; }

        public int Questions { get; private set; }

        protected override TimeSpan Patience => ComesBackWithin;

        public async Task<IAsyncDisposable> AnswerAsync()
        {
            var host = WebApplication.Create();
            host.Urls.Add($"http://127.0.0.1:{Host.Port}");
            host.MapGet("/version", () => Results.Text("1.0.0\n"));
            await host.StartAsync();
            return host;
        }

        public override Task<bool> WasDownAsync(DemoHost host, DateTimeOffset since, CancellationToken cancellation) =>
            Task.FromResult(WasDown);

        protected override Task<DemoHost> LocateAsync(DemoHost host, CancellationToken cancellation)
        {
            Questions++;
            return Task.FromResult(host);
        }

        protected override Task<string?> PackageStatusAsync(DemoHost host, CancellationToken cancellation)
        {
            Looks++;
            return Task.FromResult<string?>($"ii {Version}");
        }

        protected override Task<string?> PackageLogAsync(DemoHost host, CancellationToken cancellation) =>
            Task.FromResult<string?>(null);
    }
}
