using System.Net;
using System.Text.Json;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

public sealed class PagingTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Pages_hold_every_release_once_while_new_ones_come()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await _host.AcceptAsync(new Push { Repository = "acme/paged" }));
        }

        ids.Reverse();
        var seen = new List<Guid>();
        var page = await PageAsync("limit=3");
        seen.AddRange(Ids(page));
        await _host.AcceptAsync(new Push { Repository = "acme/paged" });
        while (page.GetProperty("next").GetString() is { } next)
        {
            page = await PageAsync($"limit=3&before={next}");
            seen.AddRange(Ids(page));
        }

        seen.ShouldBe(ids);
    }

    [Fact]
    public async Task The_newest_is_what_arrived_last_whatever_the_clock_said()
    {
        var ahead = Snapshots.Push(Guid.NewGuid()) with { ReceivedAt = TimeProvider.System.GetUtcNow().AddHours(1) };
        await _host.PublishAsync(Snapshots.Release(ahead, 1, ReleaseStates.Building));
        await Eventually.TrueAsync(async () => Ids(await PageAsync("limit=10")).Contains(ahead.ReleaseId));

        var last = await _host.AcceptAsync(new Push { Repository = "acme/later" });

        var page = await PageAsync("limit=1");
        Ids(page).ShouldBe([last]);
        Ids(await PageAsync($"before={page.GetProperty("next").GetString()}")).ShouldBe([ahead.ReleaseId]);
        (await _host.GetAsync("/api/releases/latest")).GetProperty("id").GetGuid().ShouldBe(last);
    }

    [Fact]
    public async Task The_last_page_says_that_it_is()
    {
        for (var i = 0; i < 4; i++)
        {
            await _host.AcceptAsync(new Push { Repository = "acme/few" });
        }

        (await PageAsync("application=few&limit=4")).GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        (await PageAsync("application=few&limit=3")).GetProperty("next").ValueKind.ShouldBe(JsonValueKind.String);
        (await PageAsync("application=nobody")).GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("1-2")]
    [InlineData("-1-00000000000000000000000000000000")]
    [InlineData("99999999999999999999-00000000000000000000000000000000")]
    [InlineData("5-0000000000000000000000000000000'")]
    public async Task A_place_that_is_none_is_refused(string before)
    {
        using var answer = await _host.Anonymous.GetAsync($"/api/releases?before={Uri.EscapeDataString(before)}");

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "page-unknown");
    }

    private Task<JsonElement> PageAsync(string query) => _host.GetAsync($"/api/releases?{query}");

    private static IEnumerable<Guid> Ids(JsonElement page) =>
        page.GetProperty("releases").EnumerateArray().Select(release => release.GetProperty("id").GetGuid());
}
