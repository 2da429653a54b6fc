using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>The templates of the documentation, with real values, judged by the programs that read what comes of them.</summary>
public sealed class RenderTests : IAsyncLifetime
{
    private readonly CliRun _run = new();
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _run.At(_server);
        _server.Hosts.Add(HostOf("canary-1", "10.0.0.10", "canary", "*"));
        _server.Hosts.Add(HostOf("web-1", "10.0.0.11", "production", "shop"));
        _server.Hosts.Add(HostOf("mail-1", "10.0.0.12", "production", "mail"));
        _server.Hosts.Add(HostOf("db-1", "10.0.0.13", "canary", "*", role: "db"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _run.Dispose();
    }

    [Fact]
    public async Task Pools_of_HAProxy_have_the_hosts_of_an_application_and_a_role()
    {
        await InstalledPackages.RequireAsync("haproxy");
        var file = _run.PathOf("haproxy.cfg");

        string[] values = ["application=shop", "role=app", "port=8080"];

        (await RenderAsync("haproxy.cfg", file, values)).ShouldBe(0, $"{_run.Error}");
        (await RenderAsync("haproxy.cfg", file, values)).ShouldBe(0);

        var text = await File.ReadAllTextAsync(file);
        Servers(text).ShouldBe(["canary-1 10.0.0.10:8080", "web-1 10.0.0.11:8080", "canary-1 10.0.0.10:8080"]);
        _run.Output.ShouldContain("was written");
        _run.Output.ShouldContain("stays as it is");
        await ProcessRunner.OutputOfAsync("haproxy", ["-c", "-f", file]);
    }

    [Fact]
    public async Task Pools_of_HAProxy_and_the_configuration_of_an_application_follow_Consul()
    {
        await InstalledPackages.RequireAsync("haproxy");
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync("canary-1", "shop", ["shop::app_canary"], "10.0.0.10", port: 8080);
        await consul.RegisterAsync("web-1", "shop", ["shop::app"], "10.0.0.11", address: "10.0.1.11", port: 8081);
        await consul.RegisterAsync("web-2", "shop", ["shop::app"], "10.0.0.12", port: 8080, status: "critical");
        await consul.RegisterAsync("cache-1", "shop-cache", [], "10.0.0.20", port: 11211);
        await consul.PutKeyAsync("shop::version", "1.0.0-1717750800.g1a2b3c4");
        await consul.PutKeyAsync("shop/database", "postgresql://db/shop");
        var (balancer, settings) = (_run.PathOf("haproxy.cfg"), _run.PathOf("shop.env"));
        string[] asking = ["--without-server", "--consul", consul.Address];

        (await RenderAsync("haproxy-consul.cfg", balancer, asking, "application=shop", "role=app")).ShouldBe(
            0,
            $"{_run.Error}"
        );
        (await RenderAsync("application.env", settings, asking, "application=shop")).ShouldBe(0, $"{_run.Error}");

        var text = await File.ReadAllTextAsync(balancer);
        Servers(text).ShouldBe(["canary-1 10.0.0.10:8080", "web-1 10.0.1.11:8081", "canary-1 10.0.0.10:8080"]);
        text.ShouldContain("shop 1.0.0-1717750800.g1a2b3c4, canaries none");
        await ProcessRunner.OutputOfAsync("haproxy", ["-c", "-f", balancer]);
        var lines = await File.ReadAllLinesAsync(settings);
        lines.ShouldContain("PORT=8080");
        lines.ShouldContain("DATABASE=postgresql://db/shop");
        lines.ShouldContain("CACHES=10.0.0.20:11211");
    }

    [Fact]
    public async Task The_service_of_a_host_is_one_that_Consul_takes()
    {
        await using var consul = await ConsulServer.StartAsync();
        var file = _run.PathOf("service.json");

        (await RenderAsync("consul-service.json", file, "application=shop", "host=canary-1", "port=8080")).ShouldBe(
            0,
            $"{_run.Error}"
        );

        await consul.RegisterFileAsync(file);
        var service = (await consul.InstancesAsync("shop"))[0]!["Service"]!;
        ((string?)service["Tags"]![0]).ShouldBe("shop::app_canary");
        ((string?)service["Address"]).ShouldBe("10.0.0.10");
        ((string?)service["Meta"]!["canary-ssh-host-keys"]).ShouldBe("SHA256:of-canary-1");
    }

    [Theory]
    [InlineData("{{ nothing }}", "nothing")]
    [InlineData("{% if %}", "template")]
    [InlineData("{{ 'a' | consul_key }}", "--consul")]
    [InlineData("{% include 'other' %}", "other")]
    [InlineData("{{ 1 | divided_by: 0 }}", "template")]
    [InlineData("{% for i in (1..2000000000) %}{{ i }}{% endfor %}", "longer than")]
    [InlineData("{% for i in (1..2000) %}{% for j in (1..2000) %}{{ j }}{% endfor %}{% endfor %}", "too long")]
    [InlineData("{% for it in hosts %}{% if it.name == 'typo' %}{{ it.name }}{% endif %}{% endfor %}", "nothing")]
    public async Task A_template_that_cannot_be_rendered_leaves_the_file_as_it_was(string template, string words)
    {
        var file = _run.PathOf("kept");
        await File.WriteAllTextAsync(file, "as it was");
        await File.WriteAllTextAsync(_run.PathOf("template"), template);

        (await _run.RunAsync("hosts", "render", _run.PathOf("template"), "--output", file)).ShouldBe(2);

        $"{_run.Error}".ShouldContain(words);
        (await File.ReadAllTextAsync(file)).ShouldBe("as it was");
    }

    [Fact]
    public async Task A_new_file_is_for_nobody_else_and_one_that_is_there_keeps_its_mode()
    {
        var (file, link, template) = (_run.PathOf("shop.env"), _run.PathOf("link"), _run.PathOf("template"));
        await File.WriteAllTextAsync(template, "PORT={{ port }}\n");
        File.CreateSymbolicLink(link, file);

        (await ToAsync(file, "port=1")).ShouldBe(0, $"{_run.Error}");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        (await ToAsync(link, "port=2")).ShouldBe(0, $"{_run.Error}");

        (await File.ReadAllTextAsync(file)).ShouldBe("PORT=2\n");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.GroupRead);
        new FileInfo(link).LinkTarget.ShouldBe(file);

        Task<int> ToAsync(string output, string value) =>
            _run.RunAsync("hosts", "render", template, "--without-server", "--output", output, "--value", value);
    }

    [Fact]
    public async Task A_file_keeps_its_owner_and_its_group()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a file away.");
        var (file, template) = (_run.PathOf("shop.env"), _run.PathOf("template"));
        await File.WriteAllTextAsync(template, "new\n");
        await File.WriteAllTextAsync(file, "old\n");
        await ProcessRunner.OutputOfAsync("chown", ["65534:65534", file]);

        (await _run.RunAsync("hosts", "render", template, "--without-server", "--output", file)).ShouldBe(
            0,
            $"{_run.Error}"
        );

        (await File.ReadAllTextAsync(file)).ShouldBe("new\n");
        (await ProcessRunner.OutputOfAsync("stat", ["--format=%u:%g", file])).Trim().ShouldBe("65534:65534");
    }

    [Fact]
    public async Task Who_interrupts_it_does_not_wait_for_Consul()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await File.WriteAllTextAsync(_run.PathOf("template"), "{{ 'a' | consul_key }}");
        using var interrupted = new CancellationTokenSource();

        var rendering = _run.RunAsync(
            interrupted.Token,
            "hosts",
            "render",
            _run.PathOf("template"),
            "--without-server",
            "--consul",
            $"http://{silent.LocalEndpoint}"
        );
        using var asked = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await interrupted.CancelAsync();

        (await rendering).ShouldBe(ExitCodes.Interrupted);
    }

    private static JsonObject HostOf(
        string name,
        string address,
        string channel,
        string application,
        string role = "app"
    ) =>
        new()
        {
            ["name"] = name,
            ["address"] = address,
            ["channel"] = channel,
            ["role"] = role,
            ["applications"] = new JsonArray(application),
            ["transport"] = "ssh",
            ["hostKeys"] = new JsonArray($"SHA256:of-{name}"),
            ["versions"] = new JsonObject(),
            ["drifts"] = new JsonArray(),
        };

    private static IEnumerable<string> Servers(string configuration) =>
        configuration
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("server ", StringComparison.Ordinal))
            .Select(line => line["server ".Length..]);

    private Task<int> RenderAsync(string template, string file, params string[] values) =>
        RenderAsync(template, file, [], values);

    private Task<int> RenderAsync(string template, string file, string[] more, params string[] values) =>
        _run.RunAsync([
            "hosts",
            "render",
            SourceTree.PathOf("docs", "templates", $"{template}.liquid"),
            "--output",
            file,
            .. more,
            .. values.SelectMany(value => (string[])["--value", value]),
        ]);
}
