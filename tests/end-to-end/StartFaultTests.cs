using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>What people see of a program that cannot start: one line that names the place and the remedy.</summary>
public sealed class StartFaultTests
{
    private const string Server = "canary-server";

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
    public async Task Settings_that_nobody_knows_are_told_with_the_wrong_values() =>
        ShouldSay(
            await StartAsync(
                "canary-packager",
                "--hosting:lisen=http://127.0.0.1:0",
                "--hosting:transport:prot=5672",
                "--hosting:consul:register=maybe"
            ),
            2,
            "hosting.lisen: there is no such setting. Known here: ",
            ", listen, ",
            ", trusted-proxies.",
            "hosting.transport.prot: there is no such setting. Known here: ",
            ", port, ",
            "hosting.consul.register",
            "Correct these"
        );

    [Theory]
    [InlineData("canary-packager")]
    [InlineData(Server)]
    public async Task An_address_that_is_taken_is_told(string program)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        ShouldSayInALine(
            await StartAsync(program, $"--hosting:listen=http://{other.LocalEndpoint}"),
            "address already in use",
            "hosting.listen"
        );
    }

    [Theory]
    [InlineData("canary-ingress", "ingress")]
    [InlineData("canary-ci-coordinator", "ci-coordinator")]
    [InlineData("canary-packager", "packager")]
    [InlineData("canary-repository-publisher", "repository-publisher")]
    [InlineData("canary-deployer", "deployer")]
    [InlineData(Server, "deployer")]
    public async Task A_database_that_is_empty_cut_or_garbled_is_told(string program, string service)
    {
        using var data = new TempDirectory();
        var database = data.WriteFile($"{service}/{service}.db", "");
        ShouldSayInALine(await StartOnAsync(data.Path, program), $"{database} is empty", "backup");

        await File.WriteAllTextAsync(database, "SQLite format 3\0");
        ShouldSayInALine(await StartOnAsync(data.Path, program), $"{database} was cut", "backup");

        var garbled = new byte[50_000];
        new Random(7).NextBytes(garbled);
        await File.WriteAllBytesAsync(database, garbled);
        ShouldSayInALine(await StartOnAsync(data.Path, program), $"{database} is damaged", "backup");
        (await File.ReadAllBytesAsync(database)).ShouldBe(garbled);
    }

    [Theory]
    [InlineData("canary-repository-publisher")]
    [InlineData(Server)]
    public async Task A_signing_key_that_is_lost_is_told_and_not_replaced(string program)
    {
        using var data = new TempDirectory();
        data.WriteFile("repository-publisher/public/canary-archive-keyring.pgp", "of the key that is lost");

        var key = data.Combine("repository-publisher/keys/archive-key.pgp");
        ShouldSayInALine(await StartOnAsync(data.Path, program), $"{key} is missing", "backup");
        File.Exists(key).ShouldBeFalse();
    }

    [Theory]
    [InlineData("canary-deployer")]
    [InlineData(Server)]
    public async Task A_file_system_without_room_is_told(string program)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        using var directory = new TempDirectory();
        var full = directory.CreateDirectory("full");
        await using (var disk = await SmallDisk.MountAsync(full, megabytes: 1))
        {
            disk.Fill();
            ShouldSayInALine(await StartOnAsync(full, program), full, "has no space left", "Free space");
        }

        var crowded = directory.CreateDirectory("crowded");
        await using (await SmallDisk.MountAsync(crowded, megabytes: 64, inodes: 6))
        {
            ShouldSayInALine(await StartOnAsync(crowded, program), crowded, "has no inodes left", "df -i");
        }
    }

    [Theory]
    [InlineData("canary-ingress")]
    [InlineData(Server)]
    public async Task A_file_system_that_is_read_only_is_told(string program)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        using var directory = new TempDirectory();
        var mount = directory.CreateDirectory("mount");
        await using var disk = await SmallDisk.MountAsync(mount, megabytes: 64);
        await disk.MakeReadOnlyAsync();

        ShouldSayInALine(await StartOnAsync(mount, program), mount, "Read-only file system");
    }

    [Theory]
    [InlineData("ingress/ingress.db", "canary-ingress", "cannot be opened for writing")]
    [InlineData("ingress", "canary-ingress", "denied")]
    [InlineData("secrets/api-token", "canary-packager", "hosting.api-token-file")]
    [InlineData("repository-publisher/keys/archive-key.pgp", "canary-repository-publisher", "cannot be read")]
    [InlineData("repository-publisher/public", "canary-repository-publisher", "denied")]
    [InlineData("lock", Server, "cannot be written")]
    [InlineData("workspaces", Server, "denied")]
    public async Task Lost_rights_are_told(string path, string program, string words)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Taking rights away from another user takes root.");
        using var data = new TempDirectory();
        await ProcessRunner.OutputOfAsync("chown", ["65534:65534", data.Path]);
        Assert.SkipUnless(
            (
                await AsNobodyAsync(data.Path, ["test", "-r", Path.Combine(AppContext.BaseDirectory, $"{program}.dll")])
            ).ExitCode == 0,
            "Another user cannot read the programs here."
        );
        await ProcessRunner.OutputOfAsync("mkdir", ["-p", Path.GetDirectoryName(data.Combine(path))!]);
        await ProcessRunner.OutputOfAsync("chown", ["-R", "65534:65534", data.Path]);
        if (Path.HasExtension(path) || path is "lock" or "secrets/api-token")
        {
            data.WriteFile(path, "root's");
        }
        else
        {
            data.CreateDirectory(path);
        }

        File.SetUnixFileMode(data.Combine(path), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        ShouldSayInALine(await AsNobodyAsync(data.Path, Command(data.Path, program)), data.Combine(path), words);
    }

    [Fact]
    public async Task A_second_signal_ends_a_server_that_is_finishing_at_once_and_says_so()
    {
        await using var server = await CanaryServer.StartAsync();
        using var request = await BeginRequestAsync(server);

        await server.SignalAsync("TERM");
        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(server.Data, "server.json")));
        await Eventually.TrueAsync(async () =>
        {
            await server.SignalAsync("TERM");
            return server.HasExited;
        });

        server.ExitCode.ShouldBe(143);
        server.Log.ShouldContain($"{Server}: Ended at once by a second SIGTERM.");
        await server.StartAsync();
    }

    [Theory]
    [InlineData("0.3")]
    [InlineData("0.6")]
    [InlineData("1.0")]
    [InlineData("2.0")]
    public async Task A_signal_ends_a_server_that_is_only_starting(string seconds)
    {
        using var data = new TempDirectory();

        var result = await ProcessRunner.RunAsync(
            "timeout",
            ["--preserve-status", "--kill-after=60", seconds, .. Command(data.Path, Server)],
            environment: new Dictionary<string, string?> { ["CANARY_CONFIG"] = null, ["CANARY_DATA"] = null }
        );

        // Before the program itself runs, the signal ends the runtime.
        result.ExitCode.ShouldBeOneOf(0, 143);
    }

    [Fact]
    public async Task One_signal_ends_a_server_with_0()
    {
        await using var server = await CanaryServer.StartAsync();

        await server.SignalAsync("TERM");
        await server.SignalAsync("TERM");
        await Eventually.TrueAsync(() => server.HasExited);

        server.ExitCode.ShouldBe(0, server.Log);
    }

    [Fact]
    public async Task The_data_directory_of_the_configuration_file_counts_unless_something_stronger_names_another()
    {
        using var directory = new TempDirectory();
        var file = directory.Combine("from-file");
        var config = directory.WriteFile("canary.yml", $"hosting:\n  data: {file}\n");

        (await ShowDataAsync(null, "--config", config)).ShouldBe(file);
        (await ShowDataAsync("/from/environment", "--config", config)).ShouldBe("/from/environment");
        (await ShowDataAsync("/from/environment", "--config", config, "--data", "/from/command")).ShouldBe(
            "/from/command"
        );
        (await ShowDataAsync(null, "--config", config, "--set", "hosting.data=/from/set")).ShouldBe("/from/set");
    }

    /// <summary>A request whose body never comes to its end, so that the server has something to finish.</summary>
    private static async Task<TcpClient> BeginRequestAsync(CanaryServer server)
    {
        var address = server.Http.BaseAddress!;
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /webhooks/github HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n"
                + $"X-Hub-Signature-256: {CanaryServer.Sign([])}\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: 1\r\nExpect: 100-continue\r\n\r\n"
        );
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        // "100 Continue" says that the server is reading the body.
        (await client.GetStream().ReadAsync(new byte[1])).ShouldBe(1);
        return client;
    }

    private static async Task<string> ShowDataAsync(string? variable, params string[] arguments)
    {
        var result = await ProcessRunner.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, $"{Server}.dll"), "--show-data", .. arguments],
            environment: new Dictionary<string, string?> { ["CANARY_CONFIG"] = null, ["CANARY_DATA"] = variable }
        );
        return result.EnsureSuccess().Output.Trim();
    }

    private static async Task<ToolResult> StartAsync(string program, params string[] settings)
    {
        using var data = new TempDirectory();
        return await StartOnAsync(data.Path, program, settings);
    }

    private static Task<ToolResult> StartOnAsync(string data, string program, params string[] settings)
    {
        var command = Command(data, program, settings);
        return ProcessRunner.RunAsync(
            command[0],
            command[1..],
            environment: new Dictionary<string, string?> { ["CANARY_CONFIG"] = null, ["CANARY_DATA"] = null }
        );
    }

    private static string[] Command(string data, string program, params string[] settings) =>
        program == Server
            ?
            [
                "dotnet",
                Path.Combine(AppContext.BaseDirectory, $"{program}.dll"),
                "--data",
                data,
                "--listen",
                "http://127.0.0.1:0",
                .. settings.SelectMany(setting => new[] { "--set", setting[2..] }),
            ]
            :
            [
                "dotnet",
                Path.Combine(AppContext.BaseDirectory, $"{program}.dll"),
                $"--hosting:data={data}",
                "--hosting:listen=http://127.0.0.1:0",
                .. settings,
            ];

    private static Task<ToolResult> AsNobodyAsync(string home, string[] command) =>
        ProcessRunner.RunAsync(
            "setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", "--", .. command],
            environment: new Dictionary<string, string?>
            {
                ["CANARY_CONFIG"] = null,
                ["CANARY_DATA"] = null,
                ["HOME"] = home,
                ["DOTNET_CLI_HOME"] = home,
            }
        );

    private static void ShouldSayInALine(ToolResult result, params string[] words)
    {
        ShouldSay(result, 1, words);
        result.Error.Trim().Split('\n').Length.ShouldBe(1, result.Error);
        result.Output.ShouldNotMatch(@"\b(ERR|FTL|WRN)\b");
    }

    private static void ShouldSay(ToolResult result, int exitCode, params string[] words)
    {
        result.ExitCode.ShouldBe(exitCode, result.Error);
        foreach (var word in words)
        {
            result.Error.ShouldContain(word);
        }

        result.Text.ShouldNotContain("Exception");
        result.Text.ShouldNotContain("   at ");
    }
}
