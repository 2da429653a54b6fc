using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Canary.Cli.Api;
using Canary.Cli.Hosts.Bootstrap;
using Canary.Cli.Repo;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>What <c>canary hosts bootstrap</c> prints; tests/fleet has machines run it.</summary>
public sealed class BootstrapTests : IAsyncLifetime
{
    private const string Password = """a"$b`c\d!e'f#""";

    private static readonly string[] AsFleet =
    [
        "--repository-user",
        "fleet",
        "--repository-password-file",
        "fleet-password",
    ];

    private readonly CliRun _run = new();
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _run.At(_server);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _run.Dispose();
    }

    [Theory]
    [InlineData("ansible", "    web-1:\n", "ansible_host: 10.0.0.1\n      canary_suite: canary\n")]
    [InlineData("puppet", "node 'web-1'", "suite => 'canary'")]
    [InlineData("vagrant", "'web-1' =>", "'web-1' => 'canary'")]
    public async Task A_host_that_Consul_has_for_each_application_is_set_up_once(string way, string name, string suite)
    {
        _server.Hosts.Add(HostOf("web-1", "canary", "shop"));
        _server.Hosts.Add(HostOf("web-1", "production", "api"));

        var text = await BootstrapAsync("--as", way);

        text.Split(name).Length.ShouldBe(2, text);
        text.ShouldContain(suite);
        _server.Ordered!["hosts"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_inventory_of_Ansible_has_ports_and_names_that_stay_names()
    {
        var file = _run.PathOf("hosts.yml");
        await File.WriteAllTextAsync(
            file,
            """
            hosts:
              - { name: on, address: 10.0.0.1, channel: canary, transport: ssh, ssh: { port: 2222 } }
              - { name: 1001, channel: production, transport: ssh }

            """
        );

        var text = await BootstrapAsync("--as", "ansible", "--inventory", file);

        text.ShouldContain(
            """
                'on':
                  ansible_host: 10.0.0.1
                  ansible_port: 2222
                  canary_suite: canary
                '1001':
                  ansible_host: '1001'
                  canary_suite: production

            """
        );
    }

    [Theory]
    [InlineData("- { name: web-1, channel: canary }\n- { name: web-1, channel: production }\n", "listed twice")]
    [InlineData("- { name: web-1, channel: canary, ssh: { port: 99999 } }\n", "no port")]
    [InlineData("- &host { name: web-1, channel: canary, ssh: *host }\n", "alias")]
    public async Task An_inventory_that_is_wrong_is_refused(string hosts, string words)
    {
        var file = _run.PathOf("hosts.yml");
        await File.WriteAllTextAsync(file, $"hosts:\n{hosts}");

        (await _run.RunAsync("hosts", "bootstrap", "--inventory", file)).ShouldBe(ExitCodes.Usage);

        $"{_run.Error}".ShouldContain(words);
    }

    [Fact]
    public async Task A_line_that_is_older_than_the_server_says_what_to_do()
    {
        await InstalledPackages.RequireAsync("curl");
        var script = _run.PathOf("setup.sh");
        await File.WriteAllTextAsync(script, "touch it-ran\n");
        var plan = PlanOf(script, new string('0', 64));

        var result = await ProcessRunner.RunAsync("sh", ["-c", new LineWay().Write(plan)[0].Content]);

        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("canary hosts bootstrap");
    }

    [Fact]
    public async Task A_module_of_Puppet_does_without_the_token_when_its_file_is_gone()
    {
        _server.Hosts.Add(HostOf("web-1", "canary", "shop"));

        var text = await BootstrapAsync("--as", "puppet");

        text.ShouldContain("find_file('canary_host/enrolment-token') ? {");
        text.ShouldContain("undef   => '',");
    }

    [Theory]
    [InlineData("line", "--repository-user fleet", "CANARY_REPOSITORY_PASSWORD='a\"$b`c\\d!e'\\''f#' bash ")]
    [InlineData("cloud-init", "--repository-user fleet --repository-password-file ", "content: 'a\"$b`c\\d!e''f#'\n")]
    [InlineData("ansible", "canary_repository_user: fleet\n", Password + "\n")]
    [InlineData("vagrant", "--repository-user fleet --repository-password-file ", Password + "\n")]
    [InlineData("puppet", "$repository_user = 'fleet'", Password + "\n")]
    public async Task Hosts_are_told_whom_they_read_the_repository_as(string way, string user, string password)
    {
        _server.Hosts.Add(HostOf("web-1", "canary", "shop"));
        await File.WriteAllTextAsync(_run.PathOf("fleet-password"), Password + "\nof last year\n");
        _run.WorkingDirectory = _run.PathOf(".");

        var files = await FilesAsync(["--as", way, .. AsFleet]);

        var all = string.Concat(files.Select(file => (string?)file!["content"]));
        all.ShouldContain(user);
        all.ShouldContain(password);
        foreach (var file in files.Where(file => !(bool)file!["secret"]!))
        {
            ((string)file!["content"]!).ShouldNotContain("d!e");
        }
    }

    [Fact]
    public async Task A_line_gives_the_setup_its_secrets_in_the_environment_alone()
    {
        await InstalledPackages.RequireAsync("curl");
        var script = _run.PathOf("setup.sh");
        await File.WriteAllTextAsync(
            script,
            """printf '%s\n' "$*" "$CANARY_ENROLMENT_TOKEN" "$CANARY_REPOSITORY_PASSWORD"; tr '\0' ' ' </proc/$PPID/cmdline"""
        );
        var plan = PlanOf(script, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(script)))) with
        {
            User = new RepositoryUser("fleet", Password),
        };
        var line = _run.PathOf("line");
        await File.WriteAllTextAsync(line, new LineWay().Write(plan)[0].Content);

        var result = (await ProcessRunner.RunAsync("sh", [line])).EnsureSuccess();

        result.Output.ShouldBe(
            $"--suite production --name web-1 --repository-user fleet\ntoken\n{Password}\nsh {line} "
        );
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("pässword")]
    [InlineData("")]
    public async Task A_password_that_hosts_cannot_have_is_refused_before_there_is_a_token(string password)
    {
        _server.Hosts.Add(HostOf("web-1", "canary", "shop"));
        await File.WriteAllTextAsync(_run.PathOf("fleet-password"), password + "\n");
        _run.WorkingDirectory = _run.PathOf(".");

        (await _run.RunAsync(["hosts", "bootstrap", .. AsFleet])).ShouldBe(ExitCodes.Usage);

        $"{_run.Error}".ShouldContain("fleet-password");
        _server.Ordered.ShouldBeNull();
    }

    private async Task<string> BootstrapAsync(params string[] options)
    {
        return string.Concat((await FilesAsync(options)).Select(file => (string?)file!["content"]));
    }

    private async Task<JsonArray> FilesAsync(params string[] options)
    {
        (await _run.RunAsync(["hosts", "bootstrap", "--json", .. options])).ShouldBe(ExitCodes.Ok, $"{_run.Error}");
        return JsonNode.Parse(_run.Output)!["files"]!.AsArray();
    }

    private static BootstrapPlan PlanOf(string script, string sha256) =>
        new(
            [new BootstrapHost("web-1", "web-1", "production")],
            new HostSetup
            {
                Script = new Uri($"file://{script}"),
                Sha256 = sha256,
                Repository = "",
                Fingerprint = "",
                DeployerKey = "",
            },
            "token"
        );

    private static JsonObject HostOf(string name, string channel, string application) =>
        new()
        {
            ["name"] = name,
            ["address"] = "10.0.0.1",
            ["channel"] = channel,
            ["role"] = "app",
            ["applications"] = new JsonArray(application),
            ["transport"] = "ssh",
            ["hostKeys"] = new JsonArray(),
            ["versions"] = new JsonObject(),
            ["drifts"] = new JsonArray(),
        };
}
