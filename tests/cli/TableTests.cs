using System.Text.Json.Nodes;
using Canary.Cli.Terminal;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

/// <summary>Whether what is listed can be read in terminals that are narrow.</summary>
public sealed class TableTests
{
    private const string LongName = "point-of-sale-of-the-northern-shops";
    private static readonly string[] Commands =
    [
        "releases list",
        "releases show latest",
        "apps",
        "hosts",
        "audit",
        "messages list",
        "server status",
    ];

    public static TheoryData<string, int> Terminals =>
        new(Commands.SelectMany(command => new[] { 60, 80, 100, 120 }.Select(width => (command, width))));

    [Theory]
    [MemberData(nameof(Terminals))]
    public async Task Every_listing_fits_the_terminal_and_says_what_it_is_about(string command, int width)
    {
        await using var server = await ServerAsync(LongName);
        using var run = At(server, width);

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);

        var lines = (run.Drawn + run.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // What 'server status' says before its table is to be copied, and is not broken.
        lines.Where(line => line.Length > width && !run.Output.Contains(line)).ShouldBeEmpty();
        lines.ShouldNotContain(line => line.Trim() == "…");
        lines.Count(line => line.Contains(FirstOf(command))).ShouldBe(1, string.Join('\n', lines));
    }

    [Theory]
    [InlineData("releases list", 60, "id application state title")]
    [InlineData("releases list", 80, "id application branch commit state title")]
    [InlineData("releases list", 100, "id application branch commit state received title")]
    [InlineData("releases list", 120, "id application branch commit state version received title")]
    [InlineData("hosts", 80, "host channel versions should run")]
    [InlineData("audit", 80, "when action on by reason")]
    public async Task What_matters_less_leaves_first(string command, int width, string columns)
    {
        await using var server = await ServerAsync("shop");
        using var run = At(server, width);

        await run.RunAsync(command.Split(' '));

        var header = run.Drawn.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string.Join(' ', header).ShouldBe(columns);
    }

    [Fact]
    public async Task A_release_takes_one_line_however_long_its_title_is()
    {
        await using var server = await ServerAsync("shop");
        using var run = At(server, 100);

        await run.RunAsync("releases", "list");

        run.Drawn.Trim('\n').Split('\n').Length.ShouldBe(2 + 1, run.Drawn);
        run.Drawn.ShouldContain("Let the cash desks…");
    }

    [Fact]
    public async Task A_terminal_that_has_no_room_for_a_table_gets_the_plain_columns()
    {
        await using var server = await ServerAsync("shop");
        using var run = At(server, 30);

        (await run.RunAsync("releases", "list")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldStartWith("id        application  branch");
        run.Output.ShouldContain("Let the cash desks of the northern shops open again");
    }

    [Fact]
    public async Task What_the_doctor_says_goes_on_below_its_own_text()
    {
        await using var server = await ServerAsync("shop");
        using var run = At(server, 60);

        await run.RunAsync("doctor");

        var lines = run.Drawn.Split('\n');
        var check = Array.FindIndex(lines, line => line.StartsWith("  ✓ store: SQLite answers"));
        lines[check + 1].ShouldStartWith("    ");
        lines.ShouldAllBe(line => line.Length <= 60);
    }

    [Theory]
    [InlineData("Open the shop", 13, "Open the shop")]
    [InlineData("Open the shop", 12, "Open the sh…")]
    [InlineData("Open the shop", 10, "Open the…")]
    [InlineData("店を開ける", 6, "店を…")]
    public void Long_text_is_cut_where_it_is_seen_to_be(string text, int width, string shown) =>
        TableLayout.Shorten(text, width, "…").ShouldBe(shown);

    private static CliRun At(FakeServer server, int width) =>
        new CliRun
        {
            Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)),
            IsTerminal = true,
            Width = width,
        }.At(server);

    /// <summary>The beginning of what stands first in the only row.</summary>
    private static string FirstOf(string command) =>
        command switch
        {
            "releases list" => "00000001",
            "releases show latest" => "build ",
            "apps" => " point-of-sale-of-",
            "hosts" => "canary-of-the-nor",
            "audit" => "5 min ago",
            "messages list" => "3f2a9c1b",
            _ => "store ",
        };

    private static async Task<FakeServer> ServerAsync(string application)
    {
        var server = await FakeServer.StartAsync();
        server.Put(
            (
                Samples.AwaitingPromotion() with
                {
                    Id = Samples.Id(1),
                    Application = application,
                    Title = "Let the cash desks of the northern shops open again after the inventory of the year",
                }
            ).ToJson()
        );
        server.Applications.Add(
            new JsonObject
            {
                ["name"] = application,
                ["production"] = new JsonObject { ["version"] = "1.0.0-1717750800.g1a2b3c4" },
                ["canary"] = new JsonObject { ["version"] = "1.1.0-1717750920.g2b3c4d5" },
                ["latest"] = new JsonObject { ["id"] = Samples.Id(1).ToString(), ["phase"] = "AwaitingPromotion" },
                ["hold"] = new JsonObject { ["by"] = "ada" },
                ["hosts"] = 4,
            }
        );
        server.Hosts.Add(
            new JsonObject
            {
                ["name"] = "canary-of-the-northern-shops.example.org",
                ["address"] = "2001:db8:85a3::8a2e:370:7334",
                ["channel"] = "production",
                ["role"] = "cash-desk",
                ["transport"] = "ssh",
                ["tags"] = new JsonArray("rack=r7", "zone=eu-west-1a"),
                ["versions"] = new JsonObject { [application] = "1.1.0-1717750920.g2b3c4d5", ["blog"] = "1.0" },
                ["lastContactAt"] = "2024-06-07T09:02:00+00:00",
                ["drifts"] = new JsonArray(
                    new JsonObject { ["application"] = application, ["wanted"] = "1.2.0-1717751000.g3c4d5e6" }
                ),
            }
        );
        server.Decisions =
        [
            new JsonObject
            {
                ["id"] = 1,
                ["at"] = Samples.Begin.ToString("O"),
                ["action"] = "release.retry-host",
                ["application"] = application,
                ["releaseId"] = Samples.Id(1).ToString(),
                ["host"] = "web-1",
                ["by"] = "ada",
                ["token"] = "operator",
                ["address"] = "2001:db8:85a3::8a2e:370:7334",
                ["reason"] = "The disk of the host was full, and somebody has made room there.",
            },
        ];
        server.Messages["3f2a9c1b"] = new JsonObject
        {
            ["id"] = "3f2a9c1b-0000-5000-8000-000000000000",
            ["queue"] = "repository-publisher-publish-package",
            ["type"] = "PublishPackage",
            ["failedAt"] = Samples.Begin.ToString("O"),
            ["reason"] = "The repository is being repaired by another process for longer than anybody waits.",
            ["attempts"] = 4,
            ["releaseId"] = Samples.Id(1).ToString(),
        };
        server.Checks.Add(
            new JsonObject
            {
                ["name"] = "store",
                ["status"] = "ok",
                ["detail"] = "SQLite answers from the directory in which the server keeps what it knows, quickly.",
            }
        );
        return server;
    }
}
