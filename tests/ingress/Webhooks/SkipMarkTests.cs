using System.Net;
using Canary.Ingress.Webhooks;

namespace Canary.Ingress.Tests.Webhooks;

public sealed class SkipMarkTests
{
    [Theory]
    [InlineData("Correct a word [skip ci]", "[skip ci]")]
    [InlineData("[ci skip] Correct a word", "[ci skip]")]
    [InlineData("Correct a word\n\nIt says [no ci] here.", "[no ci]")]
    [InlineData("Correct [SKIP CI]", "[skip ci]")]
    [InlineData("Correct [skip actions]", "[skip actions]")]
    [InlineData("Correct [actions skip]", "[actions skip]")]
    [InlineData("Correct a word\n\n\nskip-checks: true", "skip-checks: true")]
    [InlineData("Correct a word\n\n\nskip-checks:true\n", "skip-checks: true")]
    [InlineData("Correct a word\n\nskip-checks: true\nSigned-off-by: Ada", "skip-checks: true")]
    [InlineData("Correct a word\r\n\r\n\r\nskip-checks: true\r\n", "skip-checks: true")]
    [InlineData("Correct a word\n\nSigned-off-by: Ada\nskip-checks: true", "skip-checks: true")]
    [InlineData("Correct a word", null)]
    [InlineData("skip ci", null)]
    [InlineData("skip-checks: true", null)]
    [InlineData("Correct a word\n\n\nskip-checks: false", null)]
    [InlineData("Correct a word\n\nWe say skip-checks: true where it is not meant.", null)]
    [InlineData("Correct a word\n\n\nskip-checks: true\n\nNo trailer, since more follows.", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void What_GitHub_heeds_is_a_mark(string? message, string? mark) => SkipMark.In(message).ShouldBe(mark);

    [Fact(Timeout = 60_000)]
    public async Task However_long_a_message_is_it_is_read_at_once()
    {
        var trailers = string.Concat(Enumerable.Repeat("\nCo-authored-by: Ada: Author: <ada@example.org>", 10_000));
        var blank = new string(' ', 1_000_000);
        var lines = string.Concat(Enumerable.Repeat(" \t\r\n", 250_000));

        var marks = await Task.Run(
            () =>
                new[]
                {
                    $"Sell hats\n{trailers}",
                    $"Sell hats\n{trailers}\n!",
                    $"Sell hats\n{trailers}\nskip-checks: true",
                    $"Sell hats\n\nskip-checks: true{trailers}{lines}",
                    $"Sell hats\n\nskip-checks: true{blank}\n{blank}",
                    $"Sell hats\n\nskip-checks: true{lines}!",
                    lines,
                }
                    .Select(SkipMark.In)
                    .ToList(),
            TestContext.Current.CancellationToken
        );

        const string Mark = "skip-checks: true";
        marks.ShouldBe([null, null, Mark, Mark, Mark, null, null]);
    }

    [Fact]
    public async Task A_push_whose_newest_commit_is_marked_is_released_only_where_marks_are_not_heeded()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/heeds",
            "--ingress:repositories:2:skipmarked=true"
        );
        var push = new Push { Message = "Correct a word [skip ci]" };

        using var heeded = await host.DeliverAsync((push with { Repository = "acme/heeds" }).ToJson());
        var ignored = await heeded.ShouldBeAsync(HttpStatusCode.OK);
        ignored.Text("status").ShouldBe("ignored");
        ignored.Text("code").ShouldBe("commit-skipped");
        ignored.Text("reason").ShouldContain("[skip ci]");

        await host.AcceptAsync(push);
    }

    [Fact]
    public async Task All_repositories_heed_marks_where_the_server_does_unless_their_entry_says_no()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:skipmarked=true",
            "--ingress:repositories:2:name=acme/anyway",
            "--ingress:repositories:2:skipmarked=false"
        );
        var push = new Push { Message = "Correct a word\n\n\nskip-checks: true" };

        using var answer = await host.DeliverAsync(push.ToJson());

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("code").ShouldBe("commit-skipped");
        await host.AcceptAsync(push with { Repository = "acme/anyway" });
    }
}
