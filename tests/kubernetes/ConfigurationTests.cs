using System.Xml.Linq;
using Canary.Deployer;
using Canary.Deployer.Inventory;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Ingress;
using Canary.Testing;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Canary.Kubernetes.Tests;

/// <summary>Manifests and programs fit each other: each service's real host is made of the files of its pod.</summary>
public sealed class ConfigurationTests
{
    public static TheoryData<string, string> Pods =>
        new(Rendering.Overlays.SelectMany(overlay => Service.Names, (overlay, service) => (overlay, service)));

    public static TheoryData<string> Overlays => [.. Rendering.Overlays];

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task A_service_accepts_its_configuration_and_finds_its_secrets(string overlay, string service)
    {
        using var pod = new PodFiles(await Rendering.OfAsync(overlay), service);
        var before = pod.Files.ToList();

        await using var host = pod.BuildHost();
        host.Services.GetRequiredService<IStartupValidator>().Validate();

        // A secret that is not where the configuration says would have been made anew.
        pod.Files.ShouldBe(before);
        var storage = OptionsOf<StorageOptions>(host);
        storage.Provider.ShouldBe(StorageOptions.PostgreSql);
        File.Exists(storage.PasswordFile).ShouldBeTrue();
        OptionsOf<TransportOptions>(host).Provider.ShouldBe(TransportOptions.RabbitMq);
        if (service == "deployer")
        {
            var ssh = OptionsOf<DeployerOptions>(host).Ssh;
            File.Exists(ssh.KeyFile).ShouldBeTrue();
            File.Exists(ssh.KnownHostsFile).ShouldBeTrue();
        }

        if (service == "ingress")
        {
            File.Exists(OptionsOf<IngressOptions>(host).WebhookSecretFiles.ShouldHaveSingleItem()).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("ingress", "  allow-local-repositories: false\n  # The", "  allow-local-repository: false\n  # The")]
    [InlineData("packager", "    hosts: [", "    host: [")]
    [InlineData("deployer", "  inventory:", "  inventories:")]
    [InlineData("deployer", "\ningress:", "\ningres:")]
    public async Task A_setting_that_the_code_does_not_know_is_refused(string service, string correct, string wrong)
    {
        var broken = (await Rendering.OfAsync("overlays/small")).With(rendering =>
        {
            var map = rendering.Of<V1ConfigMap>().Single(map => map.Data.ContainsKey("canary.yaml"));
            map.Data["canary.yaml"].ShouldContain(correct);
            map.Data["canary.yaml"] = map.Data["canary.yaml"].Replace(correct, wrong, StringComparison.Ordinal);
        });
        using var pod = new PodFiles(broken, service);

        Should
            .Throw<OptionsValidationException>(() => pod.BuildHost())
            .Failures.ShouldAllBe(fault => fault.Contains("there is no such setting", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task Probes_ports_and_grace_fit_the_program(string overlay, string service)
    {
        var rendering = await Rendering.OfAsync(overlay);
        using var pod = new PodFiles(rendering, service);
        await using var host = pod.BuildHost();
        var workload = rendering.Workloads.Single(it => it.Name == service);
        var container = workload.Containers.Single();

        foreach (var probe in new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe })
        {
            probe.HttpGet.Port.Value.ShouldBe("http");
            RoutesOf(host).ShouldContain(probe.HttpGet.Path);
        }

        // What others can break must not have it killed, and it must have been ready once.
        container.LivenessProbe.HttpGet.Path.ShouldBe("/health/live");
        new[] { container.StartupProbe.HttpGet.Path, container.ReadinessProbe.HttpGet.Path }.ShouldContain(
            "/health/ready"
        );

        var listening = new Uri(OptionsOf<HostingOptions>(host).Listen);
        listening.Host.ShouldBe("0.0.0.0");
        container.Ports.Single(port => port.Name == "http").ContainerPort.ShouldBe(listening.Port);

        var patience = host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.TotalSeconds;
        var before = container.Lifecycle.PreStop.Sleep.Seconds;
        workload.Pod.TerminationGracePeriodSeconds.ShouldNotBeNull().ShouldBeGreaterThan((long)patience + before);
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task Services_find_each_other_the_broker_and_the_database(string overlay, string service)
    {
        var rendering = await Rendering.OfAsync(overlay);
        using var pod = new PodFiles(rendering, service);
        await using var host = pod.BuildHost();
        var hosting = OptionsOf<HostingOptions>(host);
        hosting.Services.Keys.ShouldBe(Service.Names, ignoreOrder: true);
        foreach (var (name, address) in hosting.Services)
        {
            rendering.Find<V1Service>(new Uri(address).Host).Spec.Ports.Single().Port.ShouldBe(new Uri(address).Port);
            new Uri(address).Host.ShouldBe(name);
        }

        var transport = OptionsOf<TransportOptions>(host);
        var storage = OptionsOf<StorageOptions>(host);
        var brokerPort = transport.Port ?? (transport.Tls == "off" ? 5672 : 5671);
        foreach (
            var (address, port) in transport.Hosts.Select(it => (it, brokerPort)).Append((storage.Host, storage.Port))
        )
        {
            var workload = rendering.Workloads.Single(it => it.Name == service);
            if (rendering.Of<V1Service>().Any(it => it.Metadata.Name == address))
            {
                var name = rendering.Find<V1Service>(address).Spec.Ports.Single(it => it.Port == port).Name;
                NetworkRules
                    .Allows(rendering, service, address, name)
                    .ShouldBeTrue($"{service} cannot reach {address}.");
            }
            else
            {
                address.ShouldContain('.', "It is neither in the cluster nor elsewhere.");
                NetworkRules
                    .AllowsOutside(rendering, workload, port)
                    .ShouldBeTrue($"{service} cannot reach {address}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task The_world_reaches_what_people_github_and_apt_need_and_nothing_else(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);
        var paths = rendering.Find<V1Ingress>("canary").Spec.Rules.Single().Http.Paths;
        foreach (var group in paths.GroupBy(path => path.Backend.Service.Name))
        {
            using var pod = new PodFiles(rendering, group.Key);
            await using var host = pod.BuildHost();
            var routes = RoutesOf(host).ToList();
            foreach (var path in group)
            {
                routes.Exists(route => Leads(path, route)).ShouldBeTrue($"{group.Key} has nothing under {path.Path}.");
            }

            string[] inner = ["/internal", "/health", "/metrics"];
            routes
                .Where(route => !inner.Any(prefix => route.StartsWith(prefix, StringComparison.Ordinal)))
                .Where(route => !group.Any(path => Leads(path, route)))
                .ShouldBeEmpty("The world cannot reach these.");
            routes
                .Where(route => inner.Any(prefix => route.StartsWith(prefix, StringComparison.Ordinal)))
                .Where(route => group.Any(path => Leads(path, route)))
                .ShouldBeEmpty("The world can reach these.");
        }

        static bool Leads(V1HTTPIngressPath path, string route) =>
            path.PathType == "Exact"
                ? route == path.Path
                : (route + "/").StartsWith(path.Path + "/", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Images_are_named_for_their_service_and_this_version(string overlay)
    {
        var version = XDocument
            .Load(SourceTree.PathOf("Directory.Build.props"))
            .Descendants("VersionPrefix")
            .Single()
            .Value;
        foreach (var workload in (await Rendering.OfAsync(overlay)).Services)
        {
            workload.Containers.Single().Image.ShouldBe($"canary/{workload}:{version}");
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task All_five_services_are_there(string overlay) =>
        (await Rendering.OfAsync(overlay)).Services.Select(it => it.Name).ShouldBe(Service.Names, ignoreOrder: true);

    [Theory]
    [InlineData("overlays/small")]
    [InlineData("overlays/production")]
    public async Task The_deployer_reads_its_hosts(string overlay)
    {
        using var pod = new PodFiles(await Rendering.OfAsync(overlay), "deployer");
        await using var host = pod.BuildHost();
        var path = OptionsOf<DeployerOptions>(host).Inventory.Path.ShouldNotBeNull();

        var hosts = InventoryFile.Parse(path, await File.ReadAllTextAsync(path));

        hosts.Count.ShouldBeGreaterThan(2);
    }

    private static T OptionsOf<T>(WebApplication host)
        where T : class => host.Services.GetRequiredService<IOptions<T>>().Value;

    private static IEnumerable<string> RoutesOf(IEndpointRouteBuilder host) =>
        host
            .DataSources.SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/'));
}
