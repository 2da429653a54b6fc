using Canary.Consul;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Inventory;

public sealed class ConsulHostsTests
{
    private readonly List<string> _problems = [];

    [Fact]
    public void A_host_is_reached_over_ssh_as_its_metadata_says()
    {
        var key = "SHA256:" + new string('A', 43);
        var host = ReadOne(
            Instance(["shop::app"]) with
            {
                Address = "2001:db8::7",
                Port = 8080,
                Metadata = new Dictionary<string, string>
                {
                    ["canary-ssh-port"] = "2222",
                    ["canary-ssh-user"] = "deploy",
                    ["canary-ssh-host-keys"] = $"{key}, {key}",
                    ["canary-ssh-jump"] = "ops@bastion, 10.0.0.1:2222",
                    ["canary-tag-zone"] = "eu-1a",
                    ["canary-var-region"] = "north",
                    ["owner"] = "somebody else",
                },
            }
        );

        host.Name.ShouldBe("web-1");
        host.Address.ShouldBe("2001:db8::7");
        host.Transport.ShouldBe("ssh");
        host.Ssh.Port.ShouldBe(2222);
        host.Ssh.User.ShouldBe("deploy");
        host.Ssh.HostKeys.ShouldBe([key, key]);
        host.Ssh.Jump.ShouldBe(["ops@bastion", "10.0.0.1:2222"]);
        host.Tags.ShouldBe(new Dictionary<string, string> { ["zone"] = "eu-1a" });
        host.Variables.ShouldBe(
            new Dictionary<string, string> { ["region"] = "north", ["port"] = "8080" },
            ignoreOrder: true
        );
        _problems.ShouldBeEmpty();
    }

    [Fact]
    public void A_port_in_the_metadata_wins_over_that_of_the_service() =>
        ReadOne(
            Instance(["shop::app"]) with
            {
                Port = 80,
                Metadata = new Dictionary<string, string> { ["canary-var-port"] = "9090" },
            }
        )
            .Variables["port"]
            .ShouldBe("9090");

    [Theory]
    [InlineData("shop::app", "app", Channel.Production)]
    [InlineData("shop::app_canary", "app", Channel.Canary)]
    [InlineData("shop::web-2.x", "web-2.x", Channel.Production)]
    [InlineData("shop::fe_canary", "fe", Channel.Canary)]
    public void The_tag_tells_role_and_channel(string tag, string role, Channel channel)
    {
        var host = ReadOne(Instance([tag, "v1"]));

        (host.Role, host.Channel).ShouldBe((role, channel));
        host.Applications.ShouldBe(["shop"]);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("shop::")]
    [InlineData("shop::_canary")]
    [InlineData("Shop::app")]
    [InlineData("shop::App")]
    [InlineData("shop:app")]
    [InlineData("blog::app")]
    [InlineData("canary_app")]
    [InlineData("shop::../../etc")]
    public void Any_other_tag_makes_no_host(string tag)
    {
        Read(Options(), Instance([tag])).ShouldBeEmpty();
        _problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../../etc", "10.0.0.1", "canary-transport", "local", "not a host name")]
    [InlineData("web-1", "10.0.0.1/x", "canary-transport", "local", "neither a host name nor an IP address")]
    [InlineData("web-1", "10.0.0.1", "canary-transport", "SSH -o", "canary-transport")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-port", "0", "canary-ssh-port")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-port", "70000", "canary-ssh-port")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-user", "-oProxyCommand=x", "canary-ssh-user")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-host-keys", "MD5:00", "canary-ssh-host-keys")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-host-keys", "", "canary-ssh-host-keys")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-jump", "bastion:ssh", "canary-ssh-jump")]
    [InlineData("web-1", "10.0.0.1", "canary-ssh-hostkey", "SHA256:x", "there is no metadata canary-ssh-hostkey")]
    [InlineData("web-1", "10.0.0.1", "canary-var-1=x", "y", "canary-var-1=x")]
    public void A_host_that_is_described_wrongly_is_left_out_and_said_why(
        string node,
        string address,
        string key,
        string value,
        string problem
    )
    {
        var wrong = Instance(["shop::app"]) with
        {
            Node = node,
            Address = address,
            Metadata = new Dictionary<string, string> { [key] = value },
        };

        Read(Options(), wrong, Instance(["shop::app"]) with { Node = "web-2" })
            .ShouldHaveSingleItem()
            .Name.ShouldBe("web-2");
        _problems.ShouldHaveSingleItem().ShouldContain(problem);
    }

    [Fact]
    public void A_host_with_both_tags_is_a_canary_and_several_instances_on_a_node_are_one_host()
    {
        var both = Instance(["shop::app", "shop::app_canary"]);

        Read(Options(), both, Instance(["shop::app"])).ShouldHaveSingleItem().Channel.ShouldBe(Channel.Canary);
        _problems.ShouldHaveSingleItem().ShouldContain("both channels");
    }

    [Fact]
    public void Names_can_differ_for_an_application()
    {
        var options = Options(
            new ApplicationConsulOptions
            {
                Service = "shop-web",
                ProductionTag = "live",
                CanaryTag = "canary_${role}",
                VersionKey = "versions/shop",
            }
        );
        var names = new ConsulNames(options);

        names.ApplicationsOf("shop-web").ShouldBe(["shop-web", "shop"], ignoreOrder: true);
        names.ApplicationsOf("shop").ShouldBeEmpty();
        names.TagOf("shop", "fe", Channel.Canary).ShouldBe("canary_fe");
        names.KeyOf("shop", Channel.Production).ShouldBe("versions/shop");
        names.KeyOf("shop", Channel.Canary).ShouldBe("shop::canary_version");
        Read(options, Instance(["live"])).ShouldHaveSingleItem().Runs("shop", "any-role").ShouldBeTrue();
        var canary = Read(options, Instance(["canary_fe"])).ShouldHaveSingleItem();
        (canary.Role, canary.Channel).ShouldBe(("fe", Channel.Canary));
    }

    private InventoryHost ReadOne(ConsulInstance instance) => Read(Options(), instance).ShouldHaveSingleItem();

    private IReadOnlyList<InventoryHost> Read(IOptions<DeployerOptions> options, params ConsulInstance[] instances) =>
        new ConsulHosts(new ConsulNames(options)).Read("shop", instances, _problems);

    private static IOptions<DeployerOptions> Options(ApplicationConsulOptions? consul = null) =>
        Microsoft.Extensions.Options.Options.Create(
            new DeployerOptions
            {
                Applications = consul is null ? [] : [new ApplicationOptions { Name = "shop", Consul = consul }],
            }
        );

    private static ConsulInstance Instance(string[] tags) =>
        new()
        {
            Node = "web-1",
            Address = "10.0.0.1",
            Port = 0,
            Tags = tags,
            Metadata = new Dictionary<string, string>(),
        };
}
