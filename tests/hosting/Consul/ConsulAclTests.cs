using Canary.Consul;
using Canary.Failures;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Tests.Consul;

public sealed class ConsulAclTests(SecuredConsulFixture fixture) : IClassFixture<SecuredConsulFixture>
{
    private ConsulServer Consul => fixture.Server;

    [Fact]
    public async Task A_token_from_a_file_is_shown_and_may_change_while_the_host_runs()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("token", await File.ReadAllTextAsync(Consul.ManagementTokenFile));
        await using var host = await ConsulHost.StartAsync(Consul, $"tokenfile={file}");
        (await host.Keys().PutAsync("allowed", "1", null, default)).ShouldBeTrue();

        File.Copy(await Consul.MakeTokenAsync("""key "other" { policy = "read" }"""), file, overwrite: true);

        var exception = await host.Keys().PutAsync("allowed", "2", null, default).ShouldFailAsync(ConsulErrors.Denied);
        exception.Message.ShouldContain("key:write on 'allowed'");
        exception.Remedy.ShouldContain("docs/consul.md");
    }

    [Fact]
    public async Task A_denial_names_the_permission_that_is_missing()
    {
        var file = await Consul.MakeTokenAsync("""key "mine" { policy = "write" }""");
        await using var host = await ConsulHost.StartAsync(Consul, $"tokenfile={file}");

        (await host.Keys().GetAsync("theirs", default).ShouldFailAsync(ConsulErrors.Denied)).Message.ShouldContain(
            "key:read on 'theirs'"
        );
        (await host.Agent().SelfAsync(default).ShouldFailAsync(ConsulErrors.Denied)).Message.ShouldContain(
            "agent:read"
        );
        var transaction = host.Keys().TransactAsync([new("mine", "1", 0), new("theirs", "1", 0)], default);
        var message = (await transaction.ShouldFailAsync(ConsulErrors.Denied)).Message;
        message.ShouldContain("key:write on 'theirs'");
        message.ShouldNotContain("mine");
    }

    [Fact]
    public async Task A_token_that_consul_does_not_know_is_told_from_one_that_may_too_little()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("token", "99999999-0000-0000-0000-000000000000");
        await using var host = await ConsulHost.StartAsync(Consul, $"tokenfile={file}");

        var exception = await host.Keys().GetAsync("x", default).ShouldFailAsync(ConsulErrors.TokenUnknown);

        (exception.Message + exception.Remedy).ShouldNotContain("99999999");
    }

    [Fact]
    public async Task A_token_file_that_is_not_there_is_named()
    {
        await using var host = await ConsulHost.StartAsync(Consul, "tokenfile=/nowhere/token");

        var exception = await host.Keys().GetAsync("x", default).ShouldFailAsync(ConsulErrors.TokenUnreadable);

        exception.Message.ShouldContain("/nowhere/token");
    }

    [Fact]
    public async Task What_a_token_lacks_can_be_asked_because_an_answer_may_just_be_shorter()
    {
        await Consul.RegisterAsync("web-1", "shop", ["shop::app"]);
        var file = await Consul.MakeTokenAsync("""service "blog" { policy = "read" }""");
        await using var host = await ConsulHost.StartAsync(Consul, $"tokenfile={file}");

        (await host.Catalog().InstancesAsync("shop", ["shop::app"], 0, default)).Value.ShouldBeEmpty();

        var missing = await host.Agent()
            .MissingAsync(
                [new("service", "read", "shop"), new("service", "read", "blog"), new("key", "write", "shop::version")],
                default
            );
        missing.Select(x => x.ToString()).ShouldBe(["service:read on 'shop'", "key:write on 'shop::version'"]);
    }

    [Fact]
    public async Task The_doctor_says_what_the_token_of_a_registered_service_lacks()
    {
        var file = await Consul.MakeTokenAsync("""service "canary-parcels" { policy = "read" }""");
        await using var host = await ConsulHost.StartAsync(Consul, $"tokenfile={file}", "register=true");

        var report = await host.Get<HealthCheckService>().CheckHealthAsync();

        var consul = report.Entries["consul"];
        consul.Status.ShouldBe(HealthStatus.Unhealthy);
        consul.Description.ShouldNotBeNull().ShouldContain("service:write on 'canary-parcels'");
        consul.Data[CheckFailure.Remedy].ToString().ShouldNotBeNull().ShouldContain("docs/consul.md");
    }
}
