using Canary.Contracts.Releases;
using Canary.Ingress.Polling;
using Canary.Ingress.Status;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Polling;

/// <summary>What looks at <c>acme/shop</c> have led to.</summary>
internal static class Looks
{
    public static async Task<PushReceived> ReleasedAsync(this IngressHost host, string commit) =>
        await host.Sent.FirstAsync<PushReceived>(push => push.Source.Commit == commit);

    /// <summary>Whether there are so many releases, also after another look.</summary>
    public static async Task ReleasesAreAsync(this IngressHost host, int count)
    {
        await host.LookAgainAsync();
        (await host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(count);
    }

    public static async Task<StatusCheck> CheckPollingAsync(this IngressHost host)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<PollingChecks>().RunAsync(default)).Single();
    }

    /// <summary>Waits for a look that begins after this.</summary>
    public static async Task LookAgainAsync(this IngressHost host)
    {
        var seen = (await host.LookedAtAsync()).Revision;
        await Eventually.TrueAsync(async () => (await host.LookedAtAsync()).Revision > seen + 1);
    }

    public static async Task<(int Revision, bool Succeeded)> LookedAtAsync(this IngressHost host)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        var row = await scope.ServiceProvider.GetRequiredService<IngressStore>().LookedAt.FindAsync("github:acme/shop");
        return (row?.Revision ?? 0, row?.Heads is not null);
    }
}
