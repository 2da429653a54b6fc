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
    [InlineData("web-1 ansible_ssh_host=10.0.0.5 ansible_ssh_port=2222\n")]
    [InlineData("web-1 ansible_host=10.0.0.1 ansible_ssh_host=10.0.0.5 ansible_port=22 ansible_ssh_port=2222\n")]
    public async Task Names_of_before_Ansible_2_count_as_Ansible_counts_them(string inventory)
    {
        (await ImportAsync(inventory, "--json")).ShouldBe(0, $"{_run.Error}");

        var host = JsonNode.Parse(_run.Output)!["added"]![0]!;
        ((string?)host["address"]).ShouldBe("10.0.0.5");
        ((int?)host["port"]).ShouldBe(2222);
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
    [InlineData("web-1 ansible_host=web1:2222\n", "ansible_host", "IP address")]
    [InlineData("web-1 ansible_ssh_host=web1:2222\n", "ansible_ssh_host", "IP address")]
    [InlineData("web-1 ansible_ssh_port=x\n", "web-1", "ansible_ssh_port")]
    [InlineData("web-1 canary_role=Web\n", "canary_role", "lower-case")]
    [InlineData("web-1 canary_role=*\n", "canary_role", "lower-case")]
    [InlineData("web[1:5:99999999999]\n", "line 1", "step")]
    [InlineData("web[1:10000][1:10000]\n", "line 1", "more than 10000")]
    [InlineData("---\nall: &all\n  children:\n    web: *all\n", "line 4", "alias")]
    [InlineData("all:\n  hosts: *nothing\n", "nothing", "not YAML")]
    public async Task What_is_wrong_is_named_with_its_line(string inventory, string place, string words)
    {
        (await ImportAsync(inventory)).ShouldBe(2);

        $"{_run.Error}".ShouldContain(place);
        $"{_run.Error}".ShouldContain(words);
    }

    [Theory]
    [InlineData("db='{{ groups.db[0] }}'", "templates")]
    [InlineData("db='{% if primary %}a{% endif %}'", "templates")]
    public async Task A_variable_that_is_a_template_is_refused(string variable, string words)
    {
        (await ImportAsync($"web-1 {variable}\n", "--variable", "db")).ShouldBe(2);

        $"{_run.Error}".ShouldContain(words);
    }

    [Fact]
    public async Task A_variable_is_one_line_and_its_name_is_one_that_hosts_can_have()
    {
        const string inventory = "all:\n  hosts:\n    web-1: { note: \"one\\ntwo\", 'a b': 1 }\n";

        (await ImportAsync(inventory, "--variable", "note")).ShouldBe(2);
        (await ImportAsync(inventory, "--variable", "a b")).ShouldBe(2);

        $"{_run.Error}".ShouldContain("in one line");
        $"{_run.Error}".ShouldContain("'a b' is no variable");
    }

    [Fact]
    public async Task A_range_may_reach_to_the_largest_number()
    {
        (await ImportAsync("web[2147483640:2147483647]\n", "--json")).ShouldBe(0, $"{_run.Error}");

        JsonNode.Parse(_run.Output)!["added"]!.AsArray().Count.ShouldBe(8);
    }

    [Fact]
    public async Task Brackets_and_nesting_without_end_are_errors()
    {
        (await ImportAsync($"all:\n  vars: {{ deep: {new string('[', 1000)} }}\n")).ShouldBe(2);
        (await ImportAsync("web" + string.Concat(Enumerable.Repeat("[]", 100)) + "x\n")).ShouldBe(2);
        (await ImportAsync("web" + string.Concat(Enumerable.Repeat("[1:1]", 300)) + "\n")).ShouldBe(2);

        $"{_run.Error}".ShouldContain("too deep");
        $"{_run.Error}".ShouldContain("at most 1000");
    }

    [Fact]
    public async Task Values_may_be_said_once_and_named_again()
    {
        const string inventory = "all:\n  hosts:\n    web-1: &web { ansible_port: 2222 }\n    web-2: *web\n";

        (await ImportAsync(inventory, "--json")).ShouldBe(0, $"{_run.Error}");

        var added = JsonNode.Parse(_run.Output)!["added"]!.AsArray();
        added.Select(host => (int?)host!["port"]).ShouldBe([2222, 2222]);
    }

    [Fact]
    public async Task The_file_that_hosts_are_added_to_keeps_its_mode_and_a_link_its_place()
    {
        var (file, link) = (_run.PathOf("hosts.yml"), _run.PathOf("link.yml"));
        await File.WriteAllTextAsync(file, "hosts: []\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(link, "hosts.yml");

        (await ImportAsync(Ini, "--into", link)).ShouldBe(0, $"{_run.Error}");

        new FileInfo(link).LinkTarget.ShouldBe("hosts.yml");
        (await File.ReadAllTextAsync(file)).ShouldContain("name: web01");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    private async Task<int> ImportAsync(string inventory, params string[] options)
    {
        var file = _run.PathOf("inventory");
        await File.WriteAllTextAsync(file, inventory);
        return await _run.RunAsync(["hosts", "import", file, .. options]);
    }
}
