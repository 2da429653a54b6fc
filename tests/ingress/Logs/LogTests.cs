using System.Net;
using System.Text;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Logs;

public class LogTests(LogTests.Fixture fixture) : IClassFixture<LogTests.Fixture>
{
    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task A_log_is_written_by_offset_and_read_back()
    {
        var id = await Host.AcceptAsync(new Push());

        (await PutAsync(id, 0, "one\n")).ShouldBe(4);
        (await PutAsync(id, 4, "two ü\n")).ShouldBe(11);

        (await ReadAsync(id, "stage=build")).ShouldBe("one\ntwo ü\n");
        (await ReadAsync(id, "stage=build&offset=4")).ShouldBe("two ü\n");
    }

    [Fact]
    public async Task What_is_sent_again_is_not_written_again()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "one\ntwo\n");

        (await PutAsync(id, 0, "one\n")).ShouldBe(8);
        (await PutAsync(id, 4, "two\nthree\n")).ShouldBe(14);
        (await PutAsync(id, 14, "")).ShouldBe(14);

        (await ReadAsync(id, "stage=build")).ShouldBe("one\ntwo\nthree\n");
    }

    [Fact]
    public async Task The_log_of_a_new_attempt_takes_the_place_of_the_old_one()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "start\nfirst attempt, killed half-w");

        await PutAsync(id, 0, "start\n");
        await PutAsync(id, 6, "second attempt\n");

        (await ReadAsync(id, "stage=build")).ShouldBe("start\nsecond attempt\n");
    }

    [Fact]
    public async Task A_gap_is_refused_with_the_offset_to_go_on_from()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "one\n");

        using var answer = await SendAsync(id, "build", 10, "three\n");

        (await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "log-gap"))
            .GetProperty("length")
            .GetInt64()
            .ShouldBe(4);
    }

    [Fact]
    public async Task Each_host_has_a_log_of_its_own()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "built\n");
        using var first = await SendAsync(id, "hosts", 0, "unpacked\n", host: null, of: "web-1.example.org");
        using var second = await SendAsync(id, "hosts", 0, "no disk\n", host: null, of: "web-2");

        (await ReadAsync(id, "host=web-1.example.org")).ShouldBe("unpacked\n");
        (await ReadAsync(id, "host=web-2")).ShouldBe("no disk\n");
        (await ReadAsync(id, "")).ShouldBe("==> build <==\nbuilt\n");
        using var unknown = await Host.Anonymous.GetAsync($"/api/releases/{id}/logs?host=web-3");
        var problem = await unknown.ShouldBeProblemAsync(HttpStatusCode.NotFound, "log-unknown");
        problem.GetProperty("remedy").GetString().ShouldBe("The hosts with a log so far: web-1.example.org, web-2.");
    }

    [Theory]
    [InlineData("host=..%2F..%2Fetc")]
    [InlineData("host=.hidden")]
    [InlineData("host=")]
    [InlineData("host=web-1&stage=build")]
    public async Task What_is_no_name_of_a_host_is_no_path_either(string query)
    {
        var id = await Host.AcceptAsync(new Push());

        using var answer = await Host.Anonymous.GetAsync($"/api/releases/{id}/logs?{query}");

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "log-address-invalid");
    }

    [Fact]
    public async Task A_log_ends_at_its_limit_and_says_so()
    {
        await using var host = await IngressHost.StartAsync("--ingress:loglimit=64000");
        var id = await host.AcceptAsync(new Push());
        var piece = new string('x', 60_000);

        using var first = await SendAsync(id, "build", 0, piece, host);
        using var second = await SendAsync(id, "build", 60_000, piece, host);
        using var third = await SendAsync(id, "build", 120_000, piece, host);

        (await first.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("truncated").GetBoolean().ShouldBeFalse();
        (await second.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("truncated").GetBoolean().ShouldBeTrue();
        (await third.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("truncated").GetBoolean().ShouldBeTrue();
        var log = await host.Anonymous.GetStringAsync($"/api/releases/{id}/logs?stage=build");
        log.ShouldStartWith(new string('x', 64_000) + "\n[The log ends here");
        log.Length.ShouldBeLessThan(64_200);
    }

    [Theory]
    [InlineData("..%2f..%2fsecrets%2fapi-token")]
    [InlineData("%2e%2e")]
    [InlineData("build.log")]
    [InlineData("Build")]
    [InlineData("build%00")]
    [InlineData("-build")]
    [InlineData("build%20x")]
    public async Task A_stage_is_never_a_path(string stage)
    {
        var id = await Host.AcceptAsync(new Push());
        using var content = new StringContent("x");

        using var written = await Host.Service.PutAsync($"/internal/releases/{id}/logs/{stage}?offset=0", content);
        using var read = await Host.Anonymous.GetAsync($"/api/releases/{id}/logs?stage={stage}");

        ((int)written.StatusCode).ShouldBeOneOf(400, 404);
        await read.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "log-address-invalid");
    }

    [Fact]
    public async Task The_log_of_an_unknown_release_is_refused()
    {
        using var answer = await SendAsync(Guid.NewGuid(), "build", 0, "x");

        await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "release-unknown");
    }

    [Fact]
    public async Task A_stage_without_a_log_is_told_with_those_that_have_one()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "x");

        using var answer = await Host.Anonymous.GetAsync($"/api/releases/{id}/logs?stage=package");

        (await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "log-unknown"))
            .Text("remedy")
            .ShouldContain("build");
    }

    [Fact]
    public async Task Without_a_stage_all_logs_are_read_in_order()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "compiled\n");
        using var package = await SendAsync(id, "package", 0, "packed\n");

        (await ReadAsync(id, "")).ShouldBe("==> build <==\ncompiled\n==> package <==\npacked\n");
    }

    [Fact]
    public async Task A_log_is_followed_while_it_is_written_until_its_stage_ends()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Building));
        await Eventually.PassesAsync(async () => await Host.GetAsync($"/api/releases/{push.ReleaseId}"));
        using var answer = await Host.Anonymous.GetAsync(
            $"/api/releases/{push.ReleaseId}/logs?stage=build&follow=true",
            HttpCompletionOption.ResponseHeadersRead
        );
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        await PutAsync(push.ReleaseId, 0, "one\n");
        (await reader.ReadLineAsync()).ShouldBe("one");
        await PutAsync(push.ReleaseId, 4, "two\n");
        (await reader.ReadLineAsync()).ShouldBe("two");
        await PutAsync(push.ReleaseId, 8, "three\n");
        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Packaging));

        (await reader.ReadLineAsync()).ShouldBe("three");
        (await reader.ReadLineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task All_logs_are_followed_until_the_release_ends()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Packaging));
        await Eventually.PassesAsync(async () => await Host.GetAsync($"/api/releases/{push.ReleaseId}"));
        await PutAsync(push.ReleaseId, 0, "compiled\n");
        var reading = Host.Anonymous.GetStringAsync($"/api/releases/{push.ReleaseId}/logs?follow=true");

        using var package = await SendAsync(push.ReleaseId, "package", 0, "packed\n");
        await Host.PublishAsync(Snapshots.Release(push, 3, ReleaseStates.Completed));

        (await reading).ShouldBe("==> build <==\ncompiled\n==> package <==\npacked\n");
    }

    [Fact]
    public async Task A_log_is_plain_text_whatever_it_holds()
    {
        var id = await Host.AcceptAsync(new Push());
        await PutAsync(id, 0, "<script>alert(1)</script>");

        using var answer = await Host.Anonymous.GetAsync($"/api/releases/{id}/logs?stage=build");

        answer.Content.Headers.ContentType?.ToString().ShouldBe("text/plain; charset=utf-8");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task Pieces_sent_at_the_same_time_make_one_whole_log()
    {
        var id = await Host.AcceptAsync(new Push());
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i}\n"));

        // Every piece starts at 0: whoever comes later brings only what is new.
        await Parallel.ForEachAsync(
            Enumerable.Range(1, 20),
            async (i, _) => await PutAsync(id, 0, text[..(text.Length * i / 20)])
        );

        (await ReadAsync(id, "stage=build")).ShouldBe(text);
    }

    private async Task<long> PutAsync(Guid id, long offset, string text)
    {
        using var answer = await SendAsync(id, "build", offset, text);
        return (await answer.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("length").GetInt64();
    }

    private async Task<HttpResponseMessage> SendAsync(
        Guid id,
        string stage,
        long offset,
        string text,
        IngressHost? host = null,
        string? of = null
    )
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        return await (host ?? Host).Service.PutAsync(
            $"/internal/releases/{id}/logs/{stage}?offset={offset}{(of is null ? "" : $"&host={of}")}",
            content
        );
    }

    private Task<string> ReadAsync(Guid id, string query) =>
        Host.Anonymous.GetStringAsync($"/api/releases/{id}/logs?{query}");

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
