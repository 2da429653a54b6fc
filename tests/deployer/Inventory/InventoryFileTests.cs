using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Tests.Inventory;

public sealed class InventoryFileTests
{
    [Fact]
    public void A_host_has_everything_that_its_entry_says()
    {
        var host = Parse(
                """
                hosts:
                  - name: web-1.example.org
                    address: 10.0.0.7
                    channel: canary
                    role: frontend
                    applications: [shop, blog]
                    transport: local
                    tags: { zone: eu-1a }
                    variables: { port: 8101, data-center: eu }
                """
            )
            .Single();

        host.ShouldSatisfyAllConditions(
            x => x.Name.ShouldBe("web-1.example.org"),
            x => x.Address.ShouldBe("10.0.0.7"),
            x => x.Channel.ShouldBe(Channel.Canary),
            x => x.Role.ShouldBe("frontend"),
            x => x.Applications.ShouldBe(["shop", "blog"]),
            x => x.Tags["zone"].ShouldBe("eu-1a"),
            x => x.Variables["port"].ShouldBe("8101"),
            x => x.Runs("shop", "frontend").ShouldBeTrue(),
            x => x.Runs("shop", "app").ShouldBeFalse(),
            x => x.Runs("shop", "app,frontend").ShouldBeTrue(),
            x => x.Runs("news", "frontend").ShouldBeFalse()
        );
    }

    [Fact]
    public void A_short_entry_is_a_local_host_for_any_application()
    {
        var host = Parse("hosts:\n  - { name: a, channel: production }").Single();

        host.Address.ShouldBe("127.0.0.1");
        host.Transport.ShouldBe("local");
        host.Runs("anything", "app").ShouldBeTrue();
    }

    [Theory]
    [InlineData("{ jump: [ops@bastion.example.org, '[fe80::1]:2222'] }", "ops@bastion.example.org [fe80::1]:2222")]
    [InlineData("{ jump: [] }", "")]
    [InlineData("{ port: 22 }", null)]
    public void A_host_may_be_behind_jump_hosts(string ssh, string? jumps)
    {
        var host = Parse($"hosts:\n  - {{ name: a, channel: production, transport: ssh, ssh: {ssh} }}").Single();

        (host.Ssh.Jump is { } jump ? string.Join(' ', jump) : null).ShouldBe(jumps);
    }

    [Fact]
    public void A_fleet_may_be_empty() => Parse("hosts: []").ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet")]
    [InlineData("hosts:")]
    public void A_file_that_lists_nothing_is_no_empty_fleet(string text)
    {
        var exception = Should.Throw<CanaryException>(() => Parse(text));

        exception.Code.ShouldBe("inventory-invalid");
        exception.Message.ShouldContain("hosts: []");
    }

    [Fact]
    public void The_default_inventory_has_a_canary_and_three_production_hosts() =>
        Parse(DefaultInventory.Text)
            .Select(host => host.Name)
            .ShouldBe(["canary-1", "production-1", "production-2", "production-3"]);

    [Theory]
    [InlineData("hosts:\n  - name: a\n   channel: canary", "line 3: it is not YAML")]
    [InlineData("- a", "line 1: the file must be a mapping")]
    [InlineData("hosts: a", "line 1: key 'hosts': It must be a list.")]
    [InlineData("hosts:\n  - a", "line 2: a host must be a mapping")]
    [InlineData("hosts:\n  - channel: canary", "line 2: key 'name': A host needs a name.")]
    [InlineData("hosts:\n  - name: ../etc\n    channel: canary", "line 2: key 'name': '../etc' is not a host name.")]
    [InlineData("hosts:\n  - name: a\n", "line 2: key 'channel': A host needs a channel")]
    [InlineData("hosts:\n  - name: a\n    channel: test", "line 3: key 'channel': 'test' is neither")]
    [InlineData(
        "hosts:\n  - name: a\n    chanel: canary",
        "line 3: key 'chanel': There is no such key; known are name,"
    )]
    [InlineData("hosts:\n  - name: a\n    channel: canary\n    address: 'a b'", "line 4: key 'address'")]
    [InlineData("hosts:\n  - name: a\n    channel: canary\n    address: 10.0Đ.1", "line 4: key 'address'")]
    [InlineData("hosts:\n  - name: \"a\\n\"\n    channel: canary", "line 2: key 'name'")]
    [InlineData(
        "hosts:\n  - name: a\n    channel: canary\n    ssh:\n      jump: bastion",
        "line 5: key 'ssh.jump': It must be a list"
    )]
    [InlineData(
        "hosts:\n  - name: a\n    channel: canary\n    ssh:\n      jump: [-oProxyCommand=x@y]",
        "line 5: key 'ssh.jump': '-oProxyCommand=x@y' is not a jump host"
    )]
    [InlineData("hosts: &all\n  - *all", "line 2: aliases (*name) are not supported")]
    [InlineData("hosts: [[[[[[[[[[[[a]]]]]]]]]]]]", "line 1: the nesting is too deep")]
    [InlineData("hosts:\n  - name: a\n    channel: canary\n    applications: shop", "line 4: key 'applications'")]
    [InlineData("hosts:\n  - name: a\n    channel: canary\n    variables: { 1x: y }", "line 4: key 'variables': '1x'")]
    [InlineData(
        "hosts:\n  - name: a\n    channel: canary\n    role: [a]",
        "line 4: key 'role': It must be a single value."
    )]
    [InlineData(
        "hosts:\n  - name: a\n    channel: canary\n  - name: a\n    channel: canary",
        "line 4: key 'name': 'a' is listed twice."
    )]
    public void Errors_name_line_and_key(string text, string problem)
    {
        var exception = Should.Throw<CanaryException>(() => Parse(text));

        exception.Code.ShouldBe("inventory-invalid");
        exception.Message.ShouldContain(problem);
        exception.Message.ShouldContain("/hosts.yml");
    }

    private static IReadOnlyList<InventoryHost> Parse(string text) => InventoryFile.Parse("/hosts.yml", text);
}
