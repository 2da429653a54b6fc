using System.Text;
using Canary.Cli.Demo;
using Canary.Cli.Local;
using Canary.Cli.Terminal;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class DemoTests
{
    private const string Remedy =
        "Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000 (on Debian "
        + "kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 as well).";

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

        var demo = await WithoutNamespacesAsync(home, "dotnet", Program, "demo", "--data", place);

        demo.ExitCode.ShouldBe(ExitCodes.Usage, demo.Output + demo.Error);
        demo.Error.TrimEnd().Split('\n').Length.ShouldBe(2, demo.Error);
        demo.Error.ShouldContain("unshare: unshare failed: No space left on device: no disk is full");
        demo.Error.ShouldContain(Remedy);
        demo.Output.ShouldBeEmpty();
        Directory.Exists(place).ShouldBeFalse();
    }

    [Fact]
    public async Task Doctor_finds_that_a_machine_can_build_nothing_while_no_server_runs()
    {
        using var home = new TempDirectory();

        var doctor = await WithoutNamespacesAsync(home, "dotnet", Program, "doctor", "--data", home.Combine("data"));

        doctor.ExitCode.ShouldBe(ExitCodes.ReleaseFailed, doctor.Output + doctor.Error);
        doctor.Output.ShouldContain(
            "isolation: This machine does not let scripts and simulated hosts be kept apart from it"
        );
        doctor.Output.Split(Remedy).Length.ShouldBe(2, doctor.Output);
        doctor.Output.ShouldNotContain("All is well.");
    }

    [Fact]
    public async Task The_build_script_says_it_before_it_builds_anything()
    {
        using var home = new TempDirectory();

        var demo = await WithoutNamespacesAsync(home, SourceTree.PathOf("build.sh"), "demo");

        demo.ExitCode.ShouldBe(1, demo.Output + demo.Error);
        demo.Error.TrimEnd()
            .Split('\n')
            .ShouldBe([
                "build.sh: This machine does not let scripts and simulated hosts be kept apart from it (unshare: unshare failed: "
                    + "No space left on device: no disk is full, but the limit user.max_user_namespaces is 0 or reached).",
                $"build.sh: {Remedy}",
            ]);
    }

    [Theory]
    [InlineData("", "canary --data D releases list", "canary demo --stop D")]
    [InlineData("./build.sh", "./build.sh run -- --data D releases list", "./build.sh demo --stop D")]
    public void What_a_person_is_told_to_type_begins_with_what_they_typed(string script, string call, string demo)
    {
        var program = new ProgramName(
            CliEnvironment.OfProcess() with
            {
                Variable = name => name == "CANARY_BUILD_SCRIPT" ? script : null,
            }
        );

        program.Call("--data D releases list").ShouldBe(call);
        program.Demo("--stop D").ShouldBe(demo);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "canary.dll");

    /// <summary>As an ordinary user of a machine that has no user namespaces left to give.</summary>
    private static Task<Canary.Testing.ToolResult> WithoutNamespacesAsync(
        TempDirectory home,
        params string[] command
    ) =>
        ProcessRunner.RunAsync(
            "unshare",
            [
                "--user",
                "--map-root-user",
                "sh",
                "-c",
                """echo 1 > /proc/sys/user/max_user_namespaces; exec unshare --user --map-user=1000 --map-group=1000 -- "$@" """,
                "sh",
                .. command,
            ],
            home.Path,
            new Dictionary<string, string?> { ["HOME"] = home.Path, ["COLUMNS"] = "1000" }
        );

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
