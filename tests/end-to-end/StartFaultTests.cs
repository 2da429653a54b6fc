using System.Net;
using System.Net.Sockets;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>What people see of a program that cannot start.</summary>
public sealed class StartFaultTests
{
    [Theory]
    [InlineData("canary-ingress")]
    [InlineData("canary-ci-coordinator")]
    [InlineData("canary-packager")]
    [InlineData("canary-repository-publisher")]
    [InlineData("canary-deployer")]
    public async Task Wrong_settings_are_all_told_without_a_stack_trace_and_end_a_service_with_2(string program)
    {
        var result = await StartAsync(
            program,
            "--hosting:transport:port=none",
            "--hosting:consul:register=maybe",
            "--hosting:listen=here"
        );

        ShouldSay(
            result,
            2,
            program,
            "hosting.transport.port",
            "hosting.consul.register",
            "hosting.listen",
            "Correct these"
        );
    }

    [Fact]
    public async Task A_setting_that_nobody_knows_ends_a_service_with_1() =>
        ShouldSay(
            await StartAsync("canary-packager", "--hosting:lisen=http://127.0.0.1:0"),
            1,
            "There is no setting 'hosting.lisen'",
            "Known here:"
        );

    [Fact]
    public async Task An_address_that_is_taken_ends_a_service_with_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        ShouldSay(
            await StartAsync("canary-packager", $"--hosting:listen=http://{other.LocalEndpoint}"),
            1,
            "address already in use",
            "hosting.listen"
        );
    }

    private static async Task<ToolResult> StartAsync(string program, params string[] settings)
    {
        using var data = new TempDirectory();
        return await ProcessRunner.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, program + ".dll"), $"--hosting:data={data.Path}", .. settings],
            environment: new Dictionary<string, string?> { ["CANARY_CONFIG"] = null }
        );
    }

    private static void ShouldSay(ToolResult result, int exitCode, params string[] words)
    {
        result.ExitCode.ShouldBe(exitCode, result.Error);
        foreach (var word in words)
        {
            result.Error.ShouldContain(word);
        }

        result.Error.ShouldNotContain("Exception");
        result.Error.ShouldNotContain("   at ");
    }
}
