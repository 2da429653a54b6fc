using Canary.Consul;
using Canary.Testing;

namespace Canary.Hosting.Tests.Consul;

public sealed class ConsulClientTests(ConsulFixture fixture) : IClassFixture<ConsulFixture>
{
    private ConsulServer Consul => fixture.Server;

    [Fact]
    public async Task Instances_have_their_own_address_or_that_of_their_node_whether_they_are_well_or_not()
    {
        await Consul.RegisterAsync(
            "web-1",
            "shop",
            ["shop::app", "blue"],
            nodeAddress: "10.0.0.1",
            address: "2001:db8::1",
            port: 8080,
            metadata: new Dictionary<string, string> { ["canary-transport"] = "local" }
        );
        await Consul.RegisterAsync("web-2", "shop", ["shop::app_canary"], "10.0.0.2", status: "critical");
        await Consul.RegisterAsync("web-3", "shop", ["shop::db"], "10.0.0.3");
        await Consul.RegisterAsync("web-4", "shop", [], "10.0.0.4");
        await using var host = await ConsulHost.StartAsync(Consul);

        var answer = await host.Catalog().InstancesAsync("shop", ["shop::app", "shop::app_canary"], 0, default);

        answer.IsFiltered.ShouldBeFalse();
        answer.Index.ShouldBeGreaterThan(0UL);
        answer
            .Value.OrderBy(x => x.Node)
            .Select(x => (x.Node, x.Address, x.Port))
            .ShouldBe([("web-1", "2001:db8::1", 8080), ("web-2", "10.0.0.2", 0)]);
        answer.Value.Single(x => x.Node == "web-1").Metadata["canary-transport"].ShouldBe("local");
        (await host.Catalog().ServicesAsync(0, default)).Value["shop"].ShouldContain("shop::db");
    }

    [Theory]
    [InlineData("a \"quoted\" tag")]
    [InlineData(@"back\slash")]
    [InlineData("x\" in Service.Tags or \"y")]
    [InlineData("größe & co?")]
    public async Task A_tag_is_data_and_never_a_part_of_the_filter(string tag)
    {
        var service = $"tags-{Guid.NewGuid():N}";
        await Consul.RegisterAsync("exact", service, [tag]);
        await Consul.RegisterAsync("other", service, ["y"]);
        await using var host = await ConsulHost.StartAsync(Consul);

        var answer = await host.Catalog().InstancesAsync(service, [tag], 0, default);

        answer.Value.ShouldHaveSingleItem().Node.ShouldBe("exact");
    }

    [Fact]
    public async Task A_value_is_read_back_as_it_was_written()
    {
        await using var host = await ConsulHost.StartAsync(Consul);
        var key = $"values/{Guid.NewGuid():N}::größe & co?";

        (await host.Keys().GetAsync(key, default)).ShouldBeNull();
        (await host.Keys().PutAsync(key, "1.0~rc1 ü", null, default)).ShouldBeTrue();

        (await host.Keys().GetAsync(key, default)).ShouldNotBeNull().Text.ShouldBe("1.0~rc1 ü");
        (await host.Keys().DeleteAsync(key, null, default)).ShouldBeTrue();
        (await host.Keys().GetAsync(key, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_writers_at_once_one_wins()
    {
        await using var host = await ConsulHost.StartAsync(Consul);
        var key = $"race-{Guid.NewGuid():N}";

        var created = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => host.Keys().PutAsync(key, $"{i}", 0, default))
        );
        created.Count(won => won).ShouldBe(1);

        var before = (await host.Keys().GetAsync(key, default))!;
        var changed = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => host.Keys().PutAsync(key, $"again {i}", before.Version, default))
        );
        changed.Count(won => won).ShouldBe(1);
        (await host.Keys().DeleteAsync(key, before.Version, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_transaction_is_done_as_a_whole_or_names_what_prevented_it()
    {
        await using var host = await ConsulHost.StartAsync(Consul);
        var (one, two) = ($"one-{Guid.NewGuid():N}", $"two-{Guid.NewGuid():N}");

        var first = await host.Keys().TransactAsync([new(one, "1", 0), new(two, "1", 0)], default);
        first.ShouldBeEmpty();
        var version = (await host.Keys().GetAsync(one, default))!.Version;

        var second = await host.Keys().TransactAsync([new(one, "2", version), new(two, "2", 0)], default);
        second.ShouldHaveSingleItem().Key.ShouldBe(two);
        second[0].Problem.ShouldContain("stale");
        (await Consul.GetKeyAsync(one)).ShouldBe("1");

        (await host.Keys().TransactAsync([new(one, null, version)], default)).ShouldBeEmpty();
        (await Consul.GetKeyAsync(one)).ShouldBeNull();
    }

    [Fact]
    public async Task The_next_agent_is_asked_when_one_does_not_answer()
    {
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        await using var host = await ConsulHost.StartAsync(nobody, $"addresses:1={Consul.Address}");

        (await host.Agent().HasLeaderAsync(default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Nobody_there_is_an_error_that_names_the_address()
    {
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        await using var host = await ConsulHost.StartAsync(nobody);

        var exception = await host.Agent().SelfAsync(default).ShouldFailAsync(ConsulErrors.Unreachable);

        exception.Message.ShouldContain(nobody);
        exception.Remedy.ShouldContain("hosting.consul.addresses");
        ConsulErrors.Passes(exception).ShouldBeTrue();
    }

    [Fact]
    public async Task An_unknown_datacenter_is_named()
    {
        await using var host = await ConsulHost.StartAsync(Consul, "datacenter=mars");

        var exception = await host.Catalog().ServicesAsync(0, default).ShouldFailAsync(ConsulErrors.DatacenterUnknown);

        exception.Message.ShouldContain("'mars'");
    }

    [Fact]
    public async Task Consul_is_an_error_where_none_is_configured()
    {
        await using var host = await TestHost.StartAsync(_ => { });

        await host.Keys().GetAsync("x", default).ShouldFailAsync(ConsulErrors.NotConfigured);
    }

    [Fact]
    public async Task An_own_authority_is_trusted_and_nothing_else()
    {
        await using var trusting = await ConsulHost.StartAsync(Consul.SecureAddress!, $"cafile={Consul.AuthorityFile}");
        (await trusting.Agent().SelfAsync(default)).Version.ShouldBe("1.8.7");

        await using var doubting = await ConsulHost.StartAsync(Consul.SecureAddress!);
        var exception = await doubting.Agent().SelfAsync(default).ShouldFailAsync(ConsulErrors.Untrusted);
        exception.Remedy.ShouldContain("hosting.consul.ca-file");
    }

    [Fact]
    public async Task A_frozen_agent_is_given_up_after_the_time_limit()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await ConsulHost.StartAsync(consul, "timelimit=00:00:01");
        await consul.FreezeAsync();

        await host.Agent().SelfAsync(default).ShouldFailAsync(ConsulErrors.Unreachable);

        await consul.FreezeAsync(false);
    }
}
