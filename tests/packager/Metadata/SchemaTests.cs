using System.Text.Json.Nodes;
using Canary.Contracts.Deploying;
using Canary.Packager.Builders;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Output;
using Canary.Packager.Services;
using Canary.Testing;

namespace Canary.Packager.Tests.Metadata;

/// <summary>What is published about canary.yml is what the packager reads.</summary>
public sealed class SchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(
        File.ReadAllText(SourceTree.PathOf("docs", "canary.schema.json"))
    )!;

    private static readonly string Page = File.ReadAllText(SourceTree.PathOf("docs", "canary-yml.md"));

    public static TheoryData<string> Groups => ["", "package", "scripts", "health", "rollout"];

    [Theory]
    [MemberData(nameof(Groups))]
    public void The_schema_has_the_keys_that_the_packager_reads(string group)
    {
        var node = group.Length == 0 ? Schema : Schema["properties"]![group]!;

        node["properties"]!.AsObject().Select(property => property.Key).ShouldBe(KeysOf(group), ignoreOrder: true);
        node["additionalProperties"]!.GetValue<bool>().ShouldBeFalse();
        node["properties"]!.AsObject().ShouldAllBe(property => property.Value!["description"] != null);
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void The_page_explains_every_key(string group) =>
        KeysOf(group).Where(key => !Page.Contains($"| `{key}` |")).ShouldBeEmpty();

    [Fact]
    public void The_schema_and_the_page_have_the_keys_of_services_and_units()
    {
        var services = File.ReadAllText(SourceTree.PathOf("docs", "services.md"));

        Keys("service").ShouldBe(ServiceKeys.Service.Keys, ignoreOrder: true);
        Keys("unit").ShouldBe(ServiceKeys.Unit.Keys, ignoreOrder: true);
        ServiceKeys.Service.Keys.Where(key => !services.Contains($"`{key}`", StringComparison.Ordinal)).ShouldBeEmpty();

        static IEnumerable<string> Keys(string definition) =>
            Schema["$defs"]![definition]!["properties"]!.AsObject().Select(property => property.Key);
    }

    [Fact]
    public void The_choices_are_the_same()
    {
        Choices(Schema["properties"]!["compression"]!).ShouldBe(Names<Compression>());
        Choices(Schema["properties"]!["rollout"]!["properties"]!["promotion"]!).ShouldBe(Names<PromotionPolicy>());

        Choices(Schema["properties"]!["package"]!["properties"]!["builder"]!).ShouldBe(Names<PackageBuilderKind>());

        static IEnumerable<string> Choices(JsonNode key) =>
            key["enum"]!.AsArray().Select(value => value!.GetValue<string>());

        static IEnumerable<string> Names<T>()
            where T : struct, Enum => Enum.GetNames<T>().Select(name => name.ToLowerInvariant());
    }

    [Fact]
    public void The_example_of_the_page_is_read()
    {
        var example = Page.Split("```yaml\n")[1].Split("```")[0];

        MetadataKeys.ReadCanaryYml("canary.yml", YamlNodes.Parse("canary.yml", example)).Name.ShouldBe("shop");
    }

    private static List<string> KeysOf(string group) =>
        [
            .. group switch
            {
                "package" => OutputKeys.All.Keys,
                "scripts" => MetadataKeys.Scripts.Keys,
                "health" => MetadataKeys.Health.Keys,
                "smoke" => MetadataKeys.Smoke.Keys,
                "pre-deploy" => MetadataKeys.PreDeploy.Keys,
                "rollout" => MetadataKeys.Rollout.Keys,
                _ => MetadataKeys.CanaryYml.Keys,
            },
        ];
}
