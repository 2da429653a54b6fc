using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>Reads an object into its official model: a field that the model lacks or that has another type is an
/// error.</summary>
internal static class StrictModel
{
    private static readonly Dictionary<(string ApiVersion, string Kind), Type> Types = typeof(V1Pod)
        .Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IKubernetesObject<V1ObjectMeta>)))
        .SelectMany(type => type.GetCustomAttributes<KubernetesEntityAttribute>(), (type, entity) => (type, entity))
        .ToDictionary(
            it => ($"{it.entity.Group}/{it.entity.ApiVersion}".TrimStart('/'), it.entity.Kind),
            it => it.type
        );

    private static readonly MethodInfo Deserialize = typeof(KubernetesJson)
        .GetMethods()
        .Single(method =>
            method is { Name: nameof(KubernetesJson.Deserialize), IsGenericMethod: true }
            && method.GetParameters()[0].ParameterType == typeof(string)
        );

    static StrictModel() =>
        KubernetesJson.AddJsonOptions(options =>
        {
            options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.AllowDuplicateProperties = false;
        });

    /// <exception cref="JsonException">It is not as the model says, or of no known kind.</exception>
    public static IKubernetesObject<V1ObjectMeta> Read(JsonObject document)
    {
        var (version, kind) = ((string?)document["apiVersion"], (string?)document["kind"]);
        if (version is null || kind is null || !Types.TryGetValue((version, kind), out var type))
        {
            throw new JsonException($"There is no kind '{kind}' in '{version}'.");
        }

        try
        {
            return (IKubernetesObject<V1ObjectMeta>)
                Deserialize.MakeGenericMethod(type).Invoke(null, [document.ToJsonString(), null])!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is JsonException fault)
        {
            throw new JsonException($"{kind} {document["metadata"]?["name"]}: {fault.Message}", fault);
        }
    }
}
