using System.ComponentModel.DataAnnotations;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Hosts;

namespace Canary.CiCoordinator.Tests.Builds;

public sealed class BuildOptionsTests
{
    private readonly BuildOptions _options = new() { Provider = "ssh" };

    [Fact]
    public void A_build_host_needs_no_more_than_a_name()
    {
        _options.Hosts.List = [new ListedBuildHost { Name = "build-1.example.org" }];

        Problems().ShouldBeEmpty();
    }

    [Fact]
    public void Builds_on_build_hosts_need_some()
    {
        Problems().ShouldHaveSingleItem().ShouldStartWith("Hosts.List: The provider 'ssh' needs build hosts");

        _options.Hosts.Kind = BuildHostKind.Consul;

        Problems().ShouldBeEmpty();
    }

    [Fact]
    public void Every_fault_of_a_build_host_is_told_with_its_place()
    {
        _options.Hosts.List =
        [
            new ListedBuildHost { Name = "build-1" },
            new ListedBuildHost
            {
                Name = "build 2",
                Builds = 0,
                Ssh = new ListedBuildHostAccess
                {
                    Port = 70_000,
                    User = "-oProxyCommand",
                    HostKeys = ["MD5:00"],
                },
            },
            new ListedBuildHost { Name = "build-1" },
        ];

        Problems()
            .Select(problem => problem.Split(':')[0])
            .ShouldBe(
                [
                    "Hosts.List[1].Address",
                    "Hosts.List[1].Builds",
                    "Hosts.List[1].Ssh.Port",
                    "Hosts.List[1].Ssh.User",
                    "Hosts.List[1].Ssh.HostKeys",
                    "Hosts.List",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public void What_cannot_be_the_name_of_a_variable_is_not_passed_on()
    {
        var options = new BuildOptions { PassEnvironment = ["LICENCE_SERVER", "LICENCE-SERVER"] };

        options
            .Validate(new ValidationContext(options))
            .ShouldHaveSingleItem()
            .ErrorMessage.ShouldBe("'LICENCE-SERVER' is not the name of a variable.");
    }

    private List<string> Problems() =>
        [
            .. _options
                .Validate(new ValidationContext(_options))
                .Select(problem => $"{string.Join(", ", problem.MemberNames)}: {problem.ErrorMessage}"),
        ];
}
