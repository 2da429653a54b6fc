using System.Reflection;
using System.Text.RegularExpressions;
using Canary.Consul;
using Canary.GitHub;
using Canary.Hosting;
using Canary.Pipeline;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using YamlDotNet.Serialization;

namespace Canary.Architecture.Tests;

/// <summary>The compose file holds what it promises, and the programs take its configuration.</summary>
public sealed partial class ComposeTests : IDisposable
{
    private static readonly Dictionary<string, object> File = Read("compose/compose.yaml");

    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Containers => [.. Map(File["services"]).Keys.Select(key => (string)key)];

    public static TheoryData<string> Services =>
        [.. OptionTypes.Registrations().Select(registration => NameOf(registration.DeclaringType!.Assembly))];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_container_comes_back_within_limits_and_is_seen_from_this_machine_alone(string name)
    {
        var container = Container(name);

        container["restart"].ShouldBe("unless-stopped");
        var limits = Map(Map(Map(container["deploy"])["resources"])["limits"]);
        limits.Keys.ShouldBe(["cpus", "memory"], ignoreOrder: true);
        foreach (var port in List(container.GetValueOrDefault("ports")))
        {
            port.ShouldStartWith("127.0.0.1:");
        }

        // A secret is a file: nothing of the kind stands in an environment.
        var environment = container.GetValueOrDefault("environment") is { } variables ? Map(variables) : [];
        foreach (var (variable, value) in environment)
        {
            // Git calls the names of its settings keys.
            var setting = (string)variable;
            if (SecretName().IsMatch(setting) && !setting.StartsWith("GIT_CONFIG_KEY_", StringComparison.Ordinal))
            {
                ((string)value).ShouldStartWith("/run/secrets/");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_runs_without_rights_and_tells_when_it_is_ready(string name)
    {
        var container = Container(name);

        container["image"].ShouldBe($"canary/{name}");
        container["read_only"].ShouldBe("true");
        List(container["cap_drop"]).ShouldBe(["ALL"]);
        List(container["security_opt"]).ShouldBe(["no-new-privileges:true"]);
        List(Map(container["healthcheck"])["test"]).ShouldBe(["CMD", "canary-health"]);
        List(container["volumes"])
            .ShouldContain(volume => volume.EndsWith(":/var/lib/canary", StringComparison.Ordinal));
        var dockerfile = Text("compose/images/service.Dockerfile");
        dockerfile.Split('\n').Last(line => line.StartsWith("USER ", StringComparison.Ordinal)).ShouldBe("USER app");
    }

    /// <summary>Consul takes everybody's word for where hosts are, and secrets are on the machines that need them.</summary>
    [Fact]
    public void Scripts_of_commits_run_where_no_secret_is_and_reach_no_other_container()
    {
        var builds = Map(Map(Read("compose/config/canary.yaml")["ci-coordinator"])["builds"]);

        builds["provider"].ShouldBe("ssh");
        // Where Docker takes the addresses of networks from by default.
        List(Map(builds["sandbox"])["deny"]).ShouldContain("172.16.0.0/12");
        List(Map(builds["sandbox"])["deny"]).ShouldContain("192.168.0.0/16");
        SecretsOf(Container("build-1")).ShouldBe(["build-key.pub"]);
    }

    [Fact]
    public async Task HAProxy_takes_its_configuration_and_only_the_deployer_may_tell_it_what_to_do()
    {
        const string runtime = "haproxy-runtime";
        var configuration = Text("compose/config/haproxy.cfg");
        configuration.ShouldContain($"stats socket ipv4@{runtime}:9999 level admin");
        List(Map(Map(Map(Read("compose/config/canary.yaml")["deployer"])["traffic"])["haproxy"])["instances"])
            .ShouldBe([$"tcp://{runtime}:9999"]);
        Map(Map(File["networks"])["runtime"])["internal"].ShouldBe("true");
        Map(File["services"])
            .Where(container => NetworksOf(Map(container.Value)).Contains("runtime"))
            .Select(container => (string)container.Key)
            .ShouldBe(["deployer", "haproxy"]);

        // The name is known in its network alone.
        var file = _directory.WriteFile(
            "haproxy.cfg",
            configuration.Replace(runtime, "127.0.0.1", StringComparison.Ordinal)
        );
        (await ProcessRunner.RunAsync("/usr/sbin/haproxy", ["-c", "-f", file])).EnsureSuccess();
    }

    [Fact]
    public void Every_secret_is_declared_and_made()
    {
        var declared = Map(File["secrets"]);
        var used = Map(File["services"]).Values.SelectMany(container => SecretsOf(Map(container))).Distinct().ToList();

        used.ShouldBe(declared.Keys.Cast<string>(), ignoreOrder: true);
        var script = Text("compose/secrets.sh");
        foreach (var name in used)
        {
            Map(declared[name])["file"].ShouldBe($"secrets/{(name == "rabbitmq-definitions" ? name + ".json" : name)}");
            script.ShouldContain(name.Replace(".pub", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_image_of_others_has_a_stand_in()
    {
        var script = Text("compose/stand-ins/build.sh");
        var images = Map(File["services"])
            .Values.Select(container => (string)Map(container)["image"])
            .Where(image => !image.StartsWith("canary/", StringComparison.Ordinal));

        foreach (var image in images)
        {
            script.ShouldContain($"[{image}]=");
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public Task A_service_takes_the_configuration(string name) => TakesAsync(name, Text("compose/config/canary.yaml"));

    /// <summary>What <c>./build.sh pipeline</c> runs takes a Docker engine; what it is told is looked at everywhere.</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public Task A_service_takes_what_the_run_of_the_pipeline_adds(string name) =>
        TakesAsync(
            name,
            MergedYaml.Of(
                Text("compose/config/canary.yaml"),
                Text("tests/pipeline/canary.yaml")
                    .Replace("${github}", "80", StringComparison.Ordinal)
                    .Replace("${jenkins}", "81", StringComparison.Ordinal)
            )
        );

    private async Task TakesAsync(string name, string text)
    {
        var configuration = _directory.WriteFile(
            "canary.yaml",
            text.Replace("/run/secrets/", _directory.Path + "/", StringComparison.Ordinal)
        );
        foreach (
            var secret in Map(File["secrets"]).Keys.Concat(Map(Read("tests/pipeline/compose.yaml")["secrets"]).Keys)
        )
        {
            _directory.WriteFile((string)secret, "https://example.org/a-secret-of-twenty-and-more");
        }

        var builder = CanaryHost.CreateBuilder(
            [
                $"--hosting:data={_directory.Combine("data")}",
                $"--hosting:apitokenfile={_directory.Combine("api-token")}",
            ],
            configuration
        );
        // As the programs do.
        builder.AddConsul().AddGitHubSettings();
        OptionTypes
            .Registrations()
            .Single(registration => NameOf(registration.DeclaringType!.Assembly) == name)
            .Invoke(null, [builder]);
        await using var host = builder.Build();

        host.Services.GetRequiredService<IStartupValidator>().Validate();
    }

    private static Dictionary<object, object> Container(string name) => Map(Map(File["services"])[name]);

    private static IEnumerable<string> SecretsOf(Dictionary<object, object> container) =>
        container.GetValueOrDefault("secrets") is List<object> secrets
            ? secrets.Select(secret => secret as string ?? (string)Map(secret)["source"])
            : [];

    private static IEnumerable<string> NetworksOf(Dictionary<object, object> container) =>
        container.GetValueOrDefault("networks") switch
        {
            List<object> names => names.Cast<string>(),
            Dictionary<object, object> networks => networks.Keys.Cast<string>(),
            _ => [],
        };

    /// <summary>The folder of a service, which is its name everywhere: CiCoordinator lives in <c>ci-coordinator</c>.</summary>
    private static string NameOf(Assembly service) =>
        CapitalInside().Replace(service.GetName().Name!["Canary.".Length..], "-$0").ToLowerInvariant();

    private static Dictionary<string, object> Read(string path) =>
        new DeserializerBuilder()
            .Build()
            .Deserialize<Dictionary<string, object>>(
                new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Text(path))))
            );

    private static string Text(string path) => System.IO.File.ReadAllText(SourceTree.PathOf(path));

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static List<string> List(object? node) => [.. ((List<object>?)node ?? []).Cast<string>()];

    [GeneratedRegex("(?<=.)[A-Z]")]
    private static partial Regex CapitalInside();

    [GeneratedRegex("password|token|secret|key", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
