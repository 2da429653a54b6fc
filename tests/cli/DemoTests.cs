using System.Text;
using Canary.Cli.Demo;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class DemoTests
{
    [Fact]
    public void Signature_is_that_of_githubs_documentation() =>
        GitHubPush
            .Sign("It's a Secret to Everybody", Encoding.UTF8.GetBytes("Hello, World!"))
            .ShouldBe("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");

    [Fact]
    public void First_push_tells_of_a_new_branch()
    {
        var payload = GitHubPush.Payload(before: null, Commit());

        payload["before"]!.GetValue<string>().ShouldBe(new string('0', 40));
        payload["created"]!.GetValue<bool>().ShouldBeTrue();
        payload["after"]!.GetValue<string>().ShouldBe(Commit().Id);
        payload["head_commit"]!["message"]!.GetValue<string>().ShouldBe("Open the shop");
        payload["commits"]![0]!["added"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public void Later_push_links_the_comparison()
    {
        var payload = GitHubPush.Payload(new string('b', 40), Commit());

        payload["created"]!.GetValue<bool>().ShouldBeFalse();
        payload["compare"]!
            .GetValue<string>()
            .ShouldBe("https://github.com/acme/shop/compare/bbbbbbbbbbbb...aaaaaaaaaaaa");
    }

    [Fact]
    public async Task Directory_that_holds_something_is_left_alone()
    {
        using var run = new CliRun();
        Directory.CreateDirectory(run.PathOf("mine"));
        await File.WriteAllTextAsync(run.PathOf("mine/thesis.txt"), "");

        (await run.RunAsync("demo", "--data", run.PathOf("mine"))).ShouldBe(ExitCodes.Usage);
        (await run.RunAsync("demo", "--stop", run.PathOf("mine"))).ShouldBe(ExitCodes.Usage);

        File.Exists(run.PathOf("mine/thesis.txt")).ShouldBeTrue();
    }

    /// <summary>A limit of a user namespace holds for what is made in it, and for nobody else on this machine.</summary>
    [Fact]
    public async Task Machine_without_user_namespaces_is_told_in_one_line_before_anything_is_made()
    {
        using var home = new TempDirectory();
        var place = home.Combine("demo");

        var demo = await ProcessRunner.RunAsync(
            "unshare",
            [
                "--user",
                "--map-root-user",
                "sh",
                "-c",
                """echo 1 > /proc/sys/user/max_user_namespaces; exec unshare --user --map-user=1000 --map-group=1000 -- "$@" """,
                "sh",
                "dotnet",
                Path.Combine(AppContext.BaseDirectory, "canary.dll"),
                "demo",
                "--data",
                place,
            ],
            home.Path,
            new Dictionary<string, string?> { ["HOME"] = home.Path, ["COLUMNS"] = "1000" }
        );

        demo.ExitCode.ShouldBe(ExitCodes.Usage, demo.Output + demo.Error);
        demo.Error.Split('\n')
            .Where(line => line.Contains("user.max_user_namespaces=", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldContain("Run it as root");
        demo.Error.ShouldContain("unshare: unshare failed: No space left on device");
        demo.Output.ShouldNotContain("server");
        Directory.Exists(place).ShouldBeFalse();
    }

    private static PushedCommit Commit() =>
        new(
            new string('a', 40),
            new string('c', 40),
            "Open the shop",
            Samples.Begin,
            Added: ["bin/shop"],
            Modified: []
        );
}
