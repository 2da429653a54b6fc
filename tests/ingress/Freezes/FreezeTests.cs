using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Deploying;
using Canary.Ingress.Freezes;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Freezes;

/// <summary>Freezes that people set: on record, listed, and told to the deployer whole.</summary>
public sealed class FreezeTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_freeze_is_told_listed_and_removed_and_both_are_on_record()
    {
        using var added = await AddAsync(new { reason = "nobody is here", by = "ada" });
        var id = (await added.ShouldBeAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
        var told = await _host.Sent.FirstAsync<SetFreezes>(x => x.Freezes.Count == 1);
        told.Freezes[0]
            .ShouldSatisfyAllConditions(
                x => x.Id.ShouldBe(id),
                x => x.Reason.ShouldBe("nobody is here"),
                x => x.By.ShouldBe("ada"),
                x => x.Application.ShouldBeNull(),
                x => x.Until.ShouldBeNull()
            );
        using var listed = await _host.Operator.GetAsync("/api/freezes");
        (await listed.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("freezes").GetArrayLength().ShouldBe(1);

        using var removed = await _host.Operator.DeleteAsync($"/api/freezes/{id.ToString()[..8]}?by=bob");
        await removed.ShouldBeAsync(HttpStatusCode.OK);
        (await _host.Sent.FirstAsync<SetFreezes>(x => x.Revision > told.Revision)).Freezes.ShouldBeEmpty();

        using var audit = await _host.Operator.GetAsync("/api/audit");
        var entries = (await audit.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("entries");
        entries
            .EnumerateArray()
            .Select(entry => $"{entry.GetProperty("action")} {entry.GetProperty("by")} {entry.GetProperty("reason")}")
            .ShouldBe(["freeze.remove bob nobody is here", "freeze.add ada nobody is here"]);
    }

    [Fact]
    public async Task The_deployer_is_told_again_since_a_message_may_be_lost()
    {
        using var added = await AddAsync(new { reason = "nobody is here" });
        await added.ShouldBeAsync(HttpStatusCode.Created);
        await _host.Sent.FirstAsync<SetFreezes>(x => x.Freezes.Count == 1);
        var before = _host.Sent.Of<SetFreezes>().Count;

        await _host
            .App.Services.GetRequiredService<FreezeReminder>()
            .RemindAsync(TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(() => Task.FromResult(_host.Sent.Of<SetFreezes>().Count > before));
    }

    [Fact]
    public async Task One_without_a_reason_or_that_is_over_or_of_nobody_is_refused()
    {
        using var silent = await AddAsync(new { by = "ada" });
        using var over = await AddAsync(new { reason = "late", until = "2020-01-01T00:00:00Z" });
        using var nobody = await AddAsync(new { reason = "who", application = "nothing" });
        using var unknown = await _host.Operator.DeleteAsync("/api/freezes/12345678");

        (await silent.ShouldBeProblemAsync(HttpStatusCode.BadRequest)).Text("code").ShouldBe("freeze-invalid");
        (await over.ShouldBeProblemAsync(HttpStatusCode.BadRequest)).Text("code").ShouldBe("freeze-invalid");
        (await nobody.ShouldBeProblemAsync(HttpStatusCode.NotFound)).Text("code").ShouldBe("application-unknown");
        (await unknown.ShouldBeProblemAsync(HttpStatusCode.NotFound)).Text("code").ShouldBe("freeze-unknown");
    }

    private Task<HttpResponseMessage> AddAsync(object freeze) => _host.Operator.PostAsJsonAsync("/api/freezes", freeze);
}
