using System.Text.Json.Nodes;
using Canary.Cli.Api;
using Canary.Cli.Hosts.Bootstrap;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>What <c>canary hosts bootstrap</c> prints; tests/fleet has machines run it.</summary>
public sealed class BootstrapTests : IAsyncLifetime
{
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
        var plan = new BootstrapPlan(
            [new BootstrapHost("web-1", "web-1", "production")],
            new HostSetup
            {
                Script = new Uri($"file://{script}"),
                Sha256 = new string('0', 64),
                Repository = "",
                Fingerprint = "",
                DeployerKey = "",
            },
            "token"
        );

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

    private async Task<string> BootstrapAsync(params string[] options)
    {
        (await _run.RunAsync(["hosts", "bootstrap", "--json", .. options])).ShouldBe(ExitCodes.Ok, $"{_run.Error}");
        var files = JsonNode.Parse(_run.Output)!["files"]!.AsArray();
        return string.Concat(files.Select(file => (string?)file!["content"]));
    }

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
