using System.Globalization;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.CiCoordinator.Releases;
using Canary.Consul;
using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Build hosts of a real Consul.</summary>
public sealed class ConsulBuildHostsTests
{
    private static readonly string Key = "SHA256:" + new string('k', 43);

    [Fact]
    public async Task Instances_whose_checks_pass_are_build_hosts()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync("build-1", "build-host", [], nodeAddress: "10.0.0.1");
        await consul.RegisterAsync(
            "build-2",
            "build-host",
            ["large"],
            nodeAddress: "10.0.0.2",
            address: "10.1.0.2",
            metadata: new Dictionary<string, string>
            {
                ["canary-builds"] = "4",
                ["canary-ssh-port"] = "2222",
                ["canary-ssh-user"] = "builder",
                ["canary-ssh-host-keys"] = Key,
                ["rack"] = "7",
            }
        );
        await consul.RegisterAsync("build-3", "build-host", [], status: "critical");
        await consul.RegisterAsync("web-1", "shop", ["shop::app"]);
        await using var host = Host(consul);

        var found = await Hosts(host).FindAsync(CancellationToken.None);

        found.Faults.ShouldBeEmpty();
        found.Hosts.Select(x => x.Name).ShouldBe(["build-1", "build-2"], ignoreOrder: true);
        var plain = found.Hosts.Single(x => x.Name == "build-1");
        (plain.Target.Address, plain.Builds, plain.Target.Access.Port).ShouldBe(("10.0.0.1", 1, 22));
        var large = found.Hosts.Single(x => x.Name == "build-2");
        (large.Target.Address, large.Builds, large.Target.Access.Port).ShouldBe(("10.1.0.2", 4, 2222));
        large.Target.Access.User.ShouldBe("builder");
        large.Target.Access.HostKeys.ShouldBe([Key]);
    }

    [Fact]
    public async Task A_tag_chooses_among_them()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync("build-1", "ci", ["small"]);
        await consul.RegisterAsync("build-2", "ci", ["large"]);
        await consul.RegisterAsync("build-3", "ci", ["large"], status: "warning");
        await using var host = Host(
            consul,
            "--ci-coordinator:builds:hosts:service=ci",
            "--ci-coordinator:builds:hosts:tag=large"
        );

        var found = await Hosts(host).FindAsync(CancellationToken.None);

        found.Hosts.Select(x => x.Name).ShouldBe(["build-2"]);
    }

    [Theory]
    [InlineData("canary-builds", "0", "the metadata canary-builds has the invalid value '0'.")]
    [InlineData("canary-ssh-port", "ssh", "the metadata canary-ssh-port has the invalid value 'ssh'.")]
    [InlineData("canary-ssh-host-key", "x", "there is no metadata canary-ssh-host-key; known are ")]
    public async Task One_that_is_described_wrongly_is_left_out_and_said_why(string key, string value, string problem)
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync(
            "build-1",
            "build-host",
            [],
            metadata: new Dictionary<string, string> { [key] = value }
        );
        await using var host = Host(consul);

        var found = await Hosts(host).FindAsync(CancellationToken.None);

        found.Hosts.ShouldBeEmpty();
        found.Faults.ShouldHaveSingleItem().ShouldStartWith($"build-1: {problem}");
    }

    [Fact]
    public async Task While_Consul_is_away_the_last_answer_holds()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync("build-1", "build-host", []);
        await using var host = Host(consul);
        await Hosts(host).FindAsync(CancellationToken.None);

        await consul.KillAsync();

        (await Hosts(host).FindAsync(CancellationToken.None)).Hosts.Select(x => x.Name).ShouldBe(["build-1"]);
        await using var newcomer = Host(consul);
        var error = await Hosts(newcomer).FindAsync(CancellationToken.None).ShouldThrowAsync<CanaryException>();
        error.Code.ShouldBe(ConsulErrors.Unreachable);
    }

    [Fact]
    public async Task A_token_that_may_not_see_them_is_told_apart_from_none()
    {
        await using var consul = await ConsulServer.StartAsync(acl: true);
        await consul.RegisterAsync("build-1", "build-host", []);
        var token = await consul.MakeTokenAsync("""node_prefix "" { policy = "read" }""");
        await using var host = Host(consul, $"--hosting:consul:tokenfile={token}");

        var error = await Hosts(host).FindAsync(CancellationToken.None).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe(ConsulErrors.Denied);
        error.Message.ShouldContain("service:read on 'build-host'");
    }

    [Fact]
    public async Task The_policy_in_the_documentation_is_enough_and_has_nothing_that_is_not_needed()
    {
        await using var consul = await ConsulServer.StartAsync(acl: true);
        await consul.RegisterAsync("build-1", "build-host", []);
        var rules = Policy()
            .Split("\n}\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(rule => rule + "\n}\n")
            .ToList();
        rules.Count.ShouldBe(2);

        (await FindAsync(rules)).ShouldBe(["build-1"]);
        foreach (var rule in rules)
        {
            await FindAsync(rules.Except([rule])).ShouldThrowAsync<CanaryException>(rule);
        }

        async Task<IEnumerable<string>> FindAsync(IEnumerable<string> allowed)
        {
            var token = await consul.MakeTokenAsync(string.Concat(allowed));
            await using var host = Host(consul, $"--hosting:consul:tokenfile={token}");
            return (await Hosts(host).FindAsync(CancellationToken.None)).Hosts.Select(x => x.Name);
        }

        static string Policy()
        {
            var section = File.ReadAllText(SourceTree.PathOf("docs", "consul.md")).Split("## Build hosts from Consul")[
                1
            ];
            return section.Split("```hcl\n")[1].Split("```")[0];
        }
    }

    [Fact]
    public async Task A_release_is_built_on_a_build_host_that_Consul_lists()
    {
        await using var consul = await ConsulServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await using var host = await TestHost.StartAsync(Settings(consul));
        await using var machine = await BuildMachine.StartAsync(await PublicKeyAsync(host.DataPath));
        await consul.RegisterAsync(
            machine.Name,
            "build-host",
            [],
            metadata: new Dictionary<string, string>
            {
                ["canary-ssh-port"] = machine.Port.ToString(CultureInfo.InvariantCulture),
                ["canary-ssh-user"] = Environment.UserName,
                ["canary-ssh-host-keys"] = machine.Fingerprint,
            }
        );
        repository.WithConventionScripts(build: $"grep -q {machine.Builds} /proc/self/mountinfo");
        var push = TestHost.Push(repository.Path, await repository.CommitAsync());

        await host.PublishAsync(push);

        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        await machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task They_need_an_agent()
    {
        var error = await TestHost
            .StartAsync("--ci-coordinator:builds:provider=ssh", "--ci-coordinator:builds:hosts:kind=consul")
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe(ConsulErrors.NotConfigured);
        error.Message.ShouldContain("ci-coordinator.builds.hosts.kind");
    }

    private static string[] Settings(ConsulServer consul) =>
        [
            "--ci-coordinator:builds:provider=ssh",
            "--ci-coordinator:builds:hosts:kind=consul",
            $"--hosting:consul:addresses:0={consul.Address}",
        ];

    private static WebApplication Host(ConsulServer consul, params string[] settings)
    {
        var builder = CanaryHost.CreateBuilder([.. Settings(consul), .. settings]);
        builder.AddCiCoordinator();
        return builder.Build();
    }

    private static IBuildHosts Hosts(WebApplication host) => host.Services.GetRequiredService<IBuildHosts>();

    private static async Task<string> PublicKeyAsync(string data)
    {
        var file = Path.Combine(data, "ci-coordinator", "ssh", "id_ed25519.pub");
        await Eventually.TrueAsync(() => File.Exists(file), what: "ci-coordinator has made its key");
        return await File.ReadAllTextAsync(file);
    }
}
