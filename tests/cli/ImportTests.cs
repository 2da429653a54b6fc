using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>Inventories of Ansible become hosts, and what people wrote stays as it is. That they are read as Ansible reads them, the tests with
/// Ansible itself show.</summary>
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
