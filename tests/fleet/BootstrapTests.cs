using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Fleet.Tests.Plan;
using Canary.Fleet.Tests.World;
using Canary.Testing.Machines;

namespace Canary.Fleet.Tests;

/// <summary>Machines become hosts by what <c>canary hosts bootstrap</c> prints: they enrol, a release reaches them, their timers run.</summary>
public sealed class BootstrapTests : IAsyncDisposable
{
    /// <summary>Says which steps a Vagrantfile makes, as Vagrant reads it.</summary>
    private const string VagrantReader = """
        require 'json'
        class Machine
          attr_writer :hostname
          def vm = self
          def steps = @steps ||= []
          def provision(kind, **options) = steps << options.merge(kind: kind)
        end
        class Settings
          attr_writer :box
          def vm = self
          def define(name) = yield(MACHINES[name] = Machine.new)
        end
        MACHINES = {}
        module Vagrant
          def self.configure(version) = yield(Settings.new)
        end
        load ARGV[0]
        puts JSON.generate(MACHINES.transform_values(&:steps))
        """;

    private const string AccessFile = "/etc/apt/auth.conf.d/canary.conf";

    private const string Password = """a"$b`c\d!e'f#""";

    private readonly TempDirectory _directory = new("canary-bootstrap-");
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private MachineSet? _set;
    private CanaryServer? _server;

    private bool _isForUsers;

    private string PasswordFile => _directory.Combine("fleet-password");

    private CanaryServer Server => _server!;

    private MachineSet Set => _set!;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_set is not null)
        {
            await _set.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Machines_become_hosts_by_one_line_each_and_take_a_release_of_a_repository_for_users()
    {
        _isForUsers = true;
        await StartAsync(("by-line", "canary", MachineKind.Plain), ("by-line-too", "production", MachineKind.Plain));

        await BootstrapAsync("line", "by-line", "by-line-too");
        foreach (var name in (string[])["by-line", "by-line-too"])
        {
            await SetUpByLineAsync(name);
            // The token is used up, and nobody needs another one to run it again.
            await SetUpByLineAsync(name);
            await NothingTellsThePasswordAsync(name);
        }

        await ReleaseReachesAllAsync();
    }

    [Fact]
    public async Task A_used_token_of_another_machine_is_refused_in_the_words_of_the_server()
    {
        await StartAsync(("first", "canary", MachineKind.Plain), ("second", "production", MachineKind.Plain));
        await BootstrapAsync("line", "first");
        await SetUpByLineAsync("first");

        _machines["second"]
            .WriteFile("/root/setup", await File.ReadAllTextAsync(_directory.Combine("line", "first.sh")));
        var refused = await _machines["second"].RunAsync("sh", "/root/setup");

        refused.ExitCode.ShouldNotBe(0);
        refused.Text.ShouldContain("The token was used for first before, with other keys.");
    }

    /// <summary>Run by <c>./build.sh bootstrap</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Machines_become_hosts_by_each_way_and_take_a_release_of_a_repository_for_users()
    {
        _isForUsers = true;
        await StartAsync(
            ("by-line", "canary", MachineKind.Plain),
            ("by-cloud-init", "production", MachineKind.SetUpTools),
            ("by-ansible", "production", MachineKind.SetUpTools),
            ("by-vagrant", "production", MachineKind.Plain),
            ("by-puppet", "production", MachineKind.SetUpTools)
        );

        await BootstrapAsync("line", "by-line");
        await SetUpByLineAsync("by-line");
        await SetUpByCloudInitAsync("by-cloud-init");
        await SetUpByAnsibleAsync("by-ansible");
        await SetUpByVagrantAsync("by-vagrant");
        await SetUpByPuppetAsync("by-puppet");
        foreach (var name in _machines.Keys)
        {
            await NothingTellsThePasswordAsync(name);
        }

        await ReleaseReachesAllAsync();
    }

    /// <summary>But apt's own file, which only root can read.</summary>
    private async Task NothingTellsThePasswordAsync(string name)
    {
        var machine = _machines[name];
        (await machine.OutputOfAsync("cut", "-d", " ", "-f", "2-", "/var/lib/canary-apply/setup")).ShouldMatch(
            $@"\A--suite (canary|production) --name {name}\n\z"
        );
        (await machine.OutputOfAsync("stat", "--format=%a %U", AccessFile)).Trim().ShouldBe("600 root");
        (await machine.OutputOfAsync("cat", AccessFile)).ShouldEndWith($" login fleet password {Password}\n");
    }

    private async Task SetUpByLineAsync(string name)
    {
        var machine = _machines[name];
        machine.WriteFile("/root/setup", await File.ReadAllTextAsync(_directory.Combine("line", $"{name}.sh")));
        await machine.OutputOfAsync("sh", "/root/setup");
    }

    private async Task SetUpByCloudInitAsync(string name)
    {
        await BootstrapAsync("cloud-init", name);
        var machine = _machines[name];
        var data = await File.ReadAllTextAsync(_directory.Combine("cloud-init", $"{name}.yaml"));
        machine.WriteFile("/root/user-data", data);
        (await machine.RunAsync("cloud-init", "schema", "--config-file", "/root/user-data")).EnsureSuccess();
        machine.WriteFile("/var/lib/cloud/seed/nocloud/user-data", data);
        machine.WriteFile("/var/lib/cloud/seed/nocloud/meta-data", $"instance-id: {name}\nlocal-hostname: {name}\n");
        // A machine boots with less than that; here it runs already.
        machine.WriteFile(
            "/etc/cloud/cloud.cfg.d/90_test.cfg",
            "datasource_list: [NoCloud]\nnetwork: { config: disabled }\nssh_deletekeys: false\nlocale: false\n"
        );
        await machine.OutputOfAsync("cloud-init", "init", "--local");
        await machine.OutputOfAsync("cloud-init", "init");
        await machine.OutputOfAsync("cloud-init", "modules", "--mode=config");
        await machine.OutputOfAsync("cloud-init", "modules", "--mode=final");
        (await machine.OutputOfAsync("ls", "-A", "/root")).ShouldNotContain(".canary");
    }

    private async Task SetUpByAnsibleAsync(string name)
    {
        await BootstrapAsync("ansible", name);
        var control = await Set.BootAsync("control", MachineKind.SetUpTools);
        await control.CopyAsync(_directory.Combine("ansible"), "/root/setup");
        var key = _directory.Combine("admin");
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        control.WriteFile("/root/.ssh/id_ed25519", await File.ReadAllTextAsync(key));
        await control.OutputOfAsync("chmod", "-R", "go=", "/root/.ssh");
        _machines[name].WriteFile("/root/.ssh/authorized_keys", await File.ReadAllTextAsync(key + ".pub"));
        await _machines[name].OutputOfAsync("chmod", "-R", "go=", "/root/.ssh");

        var first = await PlayAsync();
        var second = await PlayAsync();
        await _machines[name].OutputOfAsync("sed", "-i", "s/password .*/password of-last-year/", AccessFile);
        var third = await PlayAsync();
        var fourth = await PlayAsync();

        first.ShouldContain("failed=0");
        first.ShouldNotContain("changed=0 ");
        second.ShouldContain("changed=0 ");
        second.ShouldContain("failed=0");
        third.ShouldNotContain("changed=0 ");
        fourth.ShouldContain("changed=0 ");
        (first + third).ShouldNotContain("d!e");
        (await _machines[name].OutputOfAsync("ls", "-A", "/root")).ShouldNotContain("canary");

        Task<string> PlayAsync() =>
            control.OutputOfAsync(
                "env",
                "--chdir=/root/setup",
                "ANSIBLE_HOST_KEY_CHECKING=False",
                "ansible-playbook",
                "-i",
                "/root/setup/inventory.yml",
                "/root/setup/site.yml"
            );
    }

    private async Task SetUpByVagrantAsync(string name)
    {
        await BootstrapAsync("vagrant", name);
        var reader = _machines["by-puppet"];
        await reader.CopyAsync(_directory.Combine("vagrant"), "/root/vagrant");
        reader.WriteFile("/root/reader.rb", VagrantReader);
        await reader.OutputOfAsync("ruby", "-c", "/root/vagrant/Vagrantfile");
        var steps = JsonDocument
            .Parse(await reader.OutputOfAsync("ruby", "/root/reader.rb", "/root/vagrant/Vagrantfile"))
            .RootElement.GetProperty(name);
        var machine = _machines[name];
        await machine.OutputOfAsync("useradd", "--create-home", "--shell", "/bin/bash", "vagrant");
        foreach (var step in steps.EnumerateArray())
        {
            if (step.GetProperty("kind").GetString() == "file")
            {
                var destination = step.GetProperty("destination").GetString()!;
                var source = Path.GetFileName(step.GetProperty("source").GetString()!);
                machine.WriteFile("/root/uploaded", await File.ReadAllTextAsync(_directory.Combine("vagrant", source)));
                // Its /tmp is not in the directory that it lies over.
                await machine.OutputOfAsync("cp", "/root/uploaded", destination);
                continue;
            }

            machine.WriteFile("/root/vagrant-shell", "#!/bin/bash\n" + step.GetProperty("inline").GetString());
            var arguments = step.TryGetProperty("args", out var given)
                ? given.EnumerateArray().Select(it => it.GetString()!).ToArray()
                : [];
            await machine.OutputOfAsync(["bash", "/root/vagrant-shell", .. arguments]);
        }

        (await machine.OutputOfAsync("ls", "-A", "/home/vagrant")).ShouldNotContain(".canary");
    }

    private async Task SetUpByPuppetAsync(string name)
    {
        await BootstrapAsync("puppet", name);
        var machine = _machines[name];
        await machine.CopyAsync(_directory.Combine("puppet"), "/root/puppet");
        (await ApplyAsync()).ExitCode.ShouldBe(2, "Something has changed, and nothing has failed.");
        (await ApplyAsync()).ExitCode.ShouldBe(0, "Nothing is to be changed any more.");
        await machine.OutputOfAsync("sed", "-i", "s/password .*/password of-last-year/", AccessFile);
        (await ApplyAsync()).ExitCode.ShouldBe(2, "The password is another one.");
        (await ApplyAsync()).ExitCode.ShouldBe(0, "Nothing is to be changed any more.");

        async Task<ToolResult> ApplyAsync() =>
            await machine.RunAsync(
                "env",
                "--chdir=/root",
                "puppet",
                "apply",
                "--detailed-exitcodes",
                "--certname",
                name,
                "--modulepath",
                "/root/puppet/modules",
                "/root/puppet/site.pp"
            );
    }

    private async Task StartAsync(params (string Name, string Channel, MachineKind Kind)[] hosts)
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        _set = await MachineSet.StartAsync();
        var entries = "hosts:\n";
        foreach (var (name, channel, kind) in hosts)
        {
            var machine = _machines[name] = await Set.BootAsync(name, kind);
            machine.WriteFile("/etc/default/shop", "ADDRESS=0.0.0.0\nPORT=8080\n");
            // It says who may be it itself.
            entries +=
                $"  - {{ name: {name}, address: {machine.Address}, channel: {channel}, applications: [shop], transport: ssh, "
                + "variables: { port: 8080 } }\n";
        }

        var settings = new List<string> { "deployer.promotion=manual" };
        if (_isForUsers)
        {
            settings.Add($"repository-publisher.access.users-file={await MakeUsersAsync()}");
        }

        _server = await CanaryServer.StartAsync(
            new ServerSetup
            {
                Hosts = entries,
                Listen = string.Create(CultureInfo.InvariantCulture, $"http://{Set.Address}:{FreePort.Next()}"),
                HostRoot = host => _machines[host].Root,
                Settings = settings,
            }
        );
        await Eventually.TrueAsync(async () => (await HostsAsync()).Count == hosts.Length);
    }

    private async Task<string> MakeUsersAsync()
    {
        await InstalledPackages.RequireAsync("apache2-utils");
        var users = _directory.Combine("users");
        await File.WriteAllTextAsync(PasswordFile, Password + "\n");
        (
            await ProcessRunner.RunAsync("htpasswd", ["-c", "-i", "-B", users, "fleet"], input: Password + "\n")
        ).EnsureSuccess();
        return users;
    }

    private Task<string> BootstrapAsync(string way, params string[] hosts) =>
        ProcessRunner.OutputOfAsync(
            Path.Combine(AppContext.BaseDirectory, "canary"),
            [
                "hosts",
                "bootstrap",
                .. hosts,
                "--as",
                way,
                .. _isForUsers
                    ? ["--repository-user", "fleet", "--repository-password-file", PasswordFile]
                    : (string[])[],
                "--output",
                _directory.Combine(way),
                "--server",
                Server.Http.BaseAddress!.AbsoluteUri,
                "--data",
                Server.Data,
                "--token",
                File.ReadAllText(Path.Combine(Server.Data, "secrets", "api-token")).Trim(),
            ]
        );

    private async Task ReleaseReachesAllAsync()
    {
        foreach (var (name, machine) in _machines)
        {
            var key = await machine.OutputOfAsync("ssh-keygen", "-l", "-f", "/etc/ssh/ssh_host_ed25519_key.pub");
            await Eventually.TrueAsync(async () => (await HostsAsync())[name].Contains(key.Split(' ')[1]));
        }

        using var shop = await Shop.CreateAsync();
        var commit = await shop.PushAsync(Server, 1, Behaviour.IsWell);
        var waiting = await Server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        (await Server.DecideAsync(waiting, "promote")).EnsureSuccessStatusCode();
        var version = (await Server.ReleaseInAsync(commit, ReleaseStates.Completed)).Version;
        foreach (var machine in _machines.Values)
        {
            (await machine.InstalledAsync("shop")).ShouldBe(version);
            (await machine.OutputOfAsync("systemctl", "is-active", "canary-converge.timer")).Trim().ShouldBe("active");
        }
    }

    /// <summary>The keys of each host.</summary>
    private async Task<Dictionary<string, IReadOnlyList<string>>> HostsAsync()
    {
        var hosts = await Server.Http.GetFromJsonAsync<JsonElement>("api/hosts");
        return hosts
            .EnumerateArray()
            .ToDictionary(
                host => host.GetProperty("name").GetString()!,
                IReadOnlyList<string> (host) =>
                    [.. host.GetProperty("hostKeys").EnumerateArray().Select(key => key.GetString()!)]
            );
    }
}
