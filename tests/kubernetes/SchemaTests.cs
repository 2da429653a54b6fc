using System.Text.Json;
using System.Text.Json.Nodes;

namespace Canary.Kubernetes.Tests;

public sealed class SchemaTests
{
    public static TheoryData<string> Folders => [.. Rendering.Folders];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task Every_object_is_as_the_api_wants_it(string folder)
    {
        // Rendering reads each into its strict model already.
        var rendering = await Rendering.OfAsync(folder);

        rendering.Objects.Count.ShouldBeGreaterThan(20);
        (await ApiSchemas.FaultsOfAsync(rendering.Documents)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("spec.template.spec.containers.0.readinesProbe", """{ "httpGet": { "port": 1 } }""")]
    [InlineData("spec.template.spec.containers.0.securityContext.runAsNonroot", "true")]
    [InlineData("spec.template.spec.terminationGracePeriod", "60")]
    [InlineData("metadata.label", "{}")]
    [InlineData("spec.replicas", "\"two\"")]
    [InlineData("spec.template.spec.containers.0.env.0.value", "5")]
    public async Task A_misspelt_field_or_a_wrong_type_is_found(string path, string value)
    {
        var document = await DeploymentAsync();
        Set(document, path, JsonNode.Parse(value));

        var fault = Should.Throw<JsonException>(() => StrictModel.Read(document));

        fault.Message.ShouldStartWith("Deployment ");
    }

    [Fact]
    public async Task An_unknown_kind_is_found()
    {
        var document = await DeploymentAsync();
        document["apiVersion"] = "apps/v1beta9";

        Should.Throw<JsonException>(() => StrictModel.Read(document));
    }

    [Theory]
    [InlineData("spec.selector", null, "must have required property selector")]
    [InlineData("spec.template.spec.containers.0.name", null, "must have required property name")]
    [InlineData("spec.template.spec.containers.0.resources.limits.memory", "\"lots\"", "must match format")]
    public async Task A_missing_field_or_a_wrong_format_is_found(string path, string? value, string expected)
    {
        var document = await DeploymentAsync();
        Set(document, path, value is null ? null : JsonNode.Parse(value));

        (await ApiSchemas.FaultsOfAsync([document])).ShouldContain(expected);
    }

    private static async Task<JsonObject> DeploymentAsync() =>
        (await Rendering.OfAsync("base"))
            .Documents.First(document => (string?)document["kind"] == "Deployment")
            .DeepClone()
            .AsObject();

    private static void Set(JsonNode document, string path, JsonNode? value)
    {
        var parts = path.Split('.');
        var holder = parts[..^1]
            .Aggregate(document, (node, part) => int.TryParse(part, out var index) ? node[index]! : node[part]!);
        if (value is null)
        {
            holder.AsObject().Remove(parts[^1]);
        }
        else
        {
            holder[parts[^1]] = value;
        }
    }
}
