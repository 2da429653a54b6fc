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

    [Fact]
    public void Every_fault_of_an_application_is_told_with_its_place()
    {
        _options.Provider = "script";
        _options.Applications =
        [
            new ApplicationBuildOptions { Name = "shop" },
            new ApplicationBuildOptions
            {
                Name = "shop",
                Sandbox = { Allow = ["10.0.0.0"], ReadOnlyPaths = ["opt"] },
                Secrets =
                [
                    new BuildSecretOptions { Name = "../NPM", File = "token" },
                    new BuildSecretOptions { Name = "A", File = "/a" },
                    new BuildSecretOptions { Name = "A", File = "/b" },
                ],
            },
        ];

        Problems()
            .Select(problem => problem.Split(':')[0])
            .ShouldBe(
                [
                    "Applications[1].Repository",
                    "Applications[1].Sandbox.Allow",
                    "Applications[1].Sandbox.ReadOnlyPaths",
                    "Applications[1].Secrets[0].Name",
                    "Applications[1].Secrets[0].File",
                    "Applications[1].Secrets",
                    "Applications",
                ],
                ignoreOrder: true
            );
    }

    [Theory]
    [InlineData("NPM_TOKEN", true)]
    [InlineData("id-1.pem", true)]
    [InlineData("", false)]
    [InlineData(".netrc", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    public void The_name_of_a_secret_is_one_of_a_file(string name, bool isTaken) =>
        new BuildSecretOptions { Name = name, File = "/run/token" }
            .Problems()
            .Any()
            .ShouldBe(!isTaken);

    private List<string> Problems() =>
        [
            .. _options
                .Validate(new ValidationContext(_options))
                .Select(problem => $"{string.Join(", ", problem.MemberNames)}: {problem.ErrorMessage}"),
        ];
}
