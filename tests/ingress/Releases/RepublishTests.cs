using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

public class RepublishTests
{
    private static readonly string[] Soon =
    [
        "--ingress:republishafter=00:00:00.100",
        "--ingress:republishatmost=00:00:00.100",
    ];

    [Fact]
    public async Task A_push_is_published_again_until_its_release_is_seen()
    {
        await using var host = await IngressHost.StartAsync(Soon);
        var id = await host.AcceptAsync(new Push());

        await Eventually.TrueAsync(() => Sent(host, id).Count >= 3);
        Sent(host, id).Distinct().Count().ShouldBe(1);

        await host.PublishAsync(Snapshots.Release(Sent(host, id)[0], 1, ReleaseStates.Building));
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync($"/api/releases/{id}")).Text("state") == ReleaseStates.Building
        );

        // One may be on its way; after another push has been repeated twice, none is left.
        var other = await host.AcceptAsync(new Push());
        await Eventually.TrueAsync(() => Sent(host, other).Count >= 2);
        var count = Sent(host, id).Count;
        await Eventually.TrueAsync(() => Sent(host, other).Count >= 5);
        Sent(host, id).Count.ShouldBe(count);
    }

    [Fact]
    public async Task A_push_that_no_release_has_come_of_is_published_when_the_host_starts_again()
    {
        using var data = new TempDirectory();
        Guid id;
        await using (var first = await IngressHost.StartAsync(data, owns: false))
        {
            id = await first.AcceptAsync(new Push());
            await first.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        }

        await using var second = await IngressHost.StartAsync(data, owns: false);

        await second.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
    }

    [Fact]
    public async Task A_delivery_is_known_again_after_a_restart()
    {
        using var data = new TempDirectory();
        var push = new Push();
        await using (var first = await IngressHost.StartAsync(data, owns: false))
        {
            await first.AcceptAsync(push);
        }

        await using var second = await IngressHost.StartAsync(data, owns: false);
        using var answer = await second.DeliverAsync(push.ToJson());

        (await answer.ShouldBeAsync(System.Net.HttpStatusCode.OK)).Text("status").ShouldBe("duplicate");
    }

    [Fact]
    public async Task A_push_of_what_has_its_release_is_passed_on_until_that_is_known_to_be_taken_in()
    {
        await using var host = await IngressHost.StartAsync(Soon);
        var push = new Push();
        var id = await host.AcceptAsync(push);
        var sent = await host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        await host.PublishAsync(Snapshots.Release(sent, 5, ReleaseStates.Completed) with { Number = 1 });
        await host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == id);
        var before = Sent(host, id).Count;

        // The branch may have been set back to the commit: git knows, and the coordinator asks it.
        using var answer = await host.DeliverAsync(push.ToJson());

        (await answer.ShouldBeAsync(System.Net.HttpStatusCode.OK)).Text("status").ShouldBe("duplicate");
        await Eventually.TrueAsync(() => Sent(host, id).Count >= before + 3);
        Sent(host, id).Distinct().ShouldHaveSingleItem();
        await host.PublishAsync(Snapshots.Release(sent, 6, ReleaseStates.Completed) with { Number = 1 });
        await host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == id && x.Revision == 6);
        var count = Sent(host, id).Count;
        var other = await host.AcceptAsync(new Push());
        await Eventually.TrueAsync(() => Sent(host, other).Count >= 5);
        Sent(host, id).Count.ShouldBeLessThanOrEqualTo(count + 1);
    }

    [Fact]
    public async Task A_push_of_a_release_that_is_moving_is_answered_all_the_same()
    {
        await using var host = await IngressHost.StartAsync();
        var push = new Push();
        var id = await host.AcceptAsync(push);
        var sent = await host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        await host.PublishAsync(Snapshots.Release(sent, 1, ReleaseStates.Building));
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync($"/api/releases/{id}")).Text("state") == ReleaseStates.Building
        );

        var moving = Task.Run(async () =>
        {
            for (var revision = 2; revision < 60; revision++)
            {
                await host.PublishAsync(Snapshots.Release(sent, revision, ReleaseStates.Building));
            }
        });
        for (var delivery = 0; delivery < 60; delivery++)
        {
            using var answer = await host.DeliverAsync(push.ToJson());
            await answer.ShouldBeAsync(System.Net.HttpStatusCode.OK);
        }

        await moving;
    }

    private static List<PushReceived> Sent(IngressHost host, Guid id) =>
        [.. host.Sent.Of<PushReceived>().Where(x => x.ReleaseId == id)];
}
