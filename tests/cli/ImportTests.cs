using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>Inventories of Ansible become hosts, and what people wrote stays as it is.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Ini = """
        lonely ansible_host=10.9.9.9

        [web]
        web[01:02] ansible_host=10.0.0.1 note='a # b'   # a comment
        web-x:2222 port=8080

        [canaries]
        web01

        [site:children]
        web

        [site:vars]
        canary_applications=shop
        """;

    private const string Yaml = """
        all:
          hosts:
            lonely: { ansible_host: 10.9.9.9 }
          children:
            site:
              vars: { port: 80 }
              children:
                web:
                  hosts:
                    web[01:03:2]: { ansible_host: 10.0.0.1, port: 8080 }
                    web-x: { ansible_port: 2222 }
            canaries:
              hosts: { web01: {} }
        """;

    private readonly CliRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Hosts_of_groups_are_added_to_a_file_and_nothing_in_it_changes()
    {
        const string written = "# ours\nhosts:\n- name: web02   # by hand\n  channel: canary\n  transport: ssh\n";
        var file = _run.PathOf("hosts.yml");
        await File.WriteAllTextAsync(file, written);

        (await ImportAsync(Ini, "--group", "web=production", "--group", "canaries=canary", "--into", file)).ShouldBe(
            0,
            $"{_run.Error}"
        );

        (await File.ReadAllTextAsync(file)).ShouldBe(
            written
                + """
                - name: web01
                  address: 10.0.0.1
                  channel: canary
                  applications: [shop]
                  transport: ssh
                - name: web-x
                  address: web-x
                  channel: production
                  applications: [shop]
                  transport: ssh
                  ssh: { port: 2222 }

                """
        );
        $"{_run.Error}".ShouldContain("web02");
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_says_what_would_be_added()
    {
        var file = _run.PathOf("hosts.yml");
        await File.WriteAllTextAsync(file, "hosts: []\n");

        (await ImportAsync(Ini, "--into", file, "--dry-run", "--variable", "port", "--json")).ShouldBe(
            0,
            $"{_run.Error}"
        );

        (await File.ReadAllTextAsync(file)).ShouldBe("hosts: []\n");
        var added = JsonNode.Parse(_run.Output)!["added"]!.AsArray();
        added.Select(host => (string?)host!["name"]).ShouldBe(["lonely", "web01", "web02", "web-x"]);
        ((string?)added[3]!["variables"]!["port"]).ShouldBe("8080");
        added.Select(host => (string?)host!["channel"]).ShouldAllBe(channel => channel == "production");
    }

    [Theory]
    [InlineData(Ini)]
    [InlineData(Yaml)]
    public async Task An_inventory_is_read_as_Ansible_reads_it(string inventory)
    {
        await InstalledPackages.RequireAsync("ansible-core");

        (
            await ImportAsync(
                inventory,
                "--group",
                "all=production",
                "--group",
                "canaries=canary",
                "--variable",
                "port",
                "--json"
            )
        ).ShouldBe(0, $"{_run.Error}");

        var list = await ProcessRunner.OutputOfAsync(
            "ansible-inventory",
            ["-i", _run.PathOf("inventory"), "--list"],
            environment: new Dictionary<string, string?> { ["ANSIBLE_LOCAL_TEMP"] = _run.PathOf("ansible") }
        );
        var theirs = JsonNode.Parse(list)!;
        var hosts = theirs["_meta"]!["hostvars"]!.AsObject();
        var canaries = theirs["canaries"]!["hosts"]!.AsArray().Select(host => (string?)host).ToList();
        var ours = JsonNode.Parse(_run.Output)!["added"]!.AsArray();
        ours.Select(host => (string?)host!["name"]).ShouldBe(hosts.Select(host => host.Key), ignoreOrder: true);
        foreach (var host in ours)
        {
            var name = (string)host!["name"]!;
            ((string?)host["address"]).ShouldBe((string?)hosts[name]!["ansible_host"] ?? name);
            ((string?)host["channel"]).ShouldBe(canaries.Contains(name) ? "canary" : "production", name);
            $"{host["port"]}".ShouldBe($"{hosts[name]!["ansible_port"]}", name);
            $"{host["variables"]?["port"]}".ShouldBe($"{hosts[name]!["port"]}", name);
        }
    }

    [Theory]
    [InlineData("[web\nweb-1\n", "line 1", "no section")]
    [InlineData("[web]\n\nweb[1:x]\n", "line 3", "neither of numbers")]
    [InlineData("[web]\nweb-1 oops\n", "line 2", "no variable")]
    [InlineData("[site:children]\nweb\n", "line 2", "no group 'web'")]
    [InlineData("[web]\nweb-1 ansible_host='{{ address }}'\n", "web-1", "templates")]
    [InlineData("all:\n  hosts:\n    web-1: 3\n", "line 3", "must be a mapping")]
    [InlineData("all:\n  hots: {}\n", "line 2", "hosts, vars and children")]
    [InlineData("[a:children]\nb\n[b:children]\na\n", "below itself", "group")]
    public async Task What_is_wrong_is_named_with_its_line(string inventory, string place, string words)
    {
        (await ImportAsync(inventory)).ShouldBe(2);

        $"{_run.Error}".ShouldContain(place);
        $"{_run.Error}".ShouldContain(words);
    }

    private async Task<int> ImportAsync(string inventory, params string[] options)
    {
        var file = _run.PathOf("inventory");
        await File.WriteAllTextAsync(file, inventory);
        return await _run.RunAsync(["hosts", "import", file, .. options]);
    }
}
