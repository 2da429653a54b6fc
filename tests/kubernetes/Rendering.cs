using System.Text.Json.Nodes;
using Canary.Testing;
using k8s;
using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>What kustomize makes of the base or of an overlay, with secrets made for this run.</summary>
internal sealed class Rendering
{
    private static readonly Dictionary<string, Lazy<Task<Rendering>>> Known = new[]
    {
        "base",
        "overlays/small",
        "overlays/production",
    }.ToDictionary(folder => folder, folder => new Lazy<Task<Rendering>>(() => RenderAsync(folder)));

    private Rendering(string folder, IReadOnlyList<JsonObject> documents)
    {
        Folder = folder;
        Documents = documents;
        Objects = [.. documents.Select(StrictModel.Read)];
    }

    public static IEnumerable<string> Folders => Known.Keys;

    /// <summary>Those that can be installed.</summary>
    public static IEnumerable<string> Overlays => Known.Keys.Where(folder => folder.StartsWith("overlays/"));

    public string Folder { get; }

    public IReadOnlyList<JsonObject> Documents { get; }

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Everything that has pods.</summary>
    public IEnumerable<Workload> Workloads =>
        Of<V1Deployment>()
            .Select(it => new Workload(it.Metadata.Name, it.Spec.Replicas, it.Spec.Selector, it.Spec.Template))
            .Concat(
                Of<V1StatefulSet>()
                    .Select(it => new Workload(it.Metadata.Name, it.Spec.Replicas, it.Spec.Selector, it.Spec.Template)
                    {
                        Claims = it.Spec.VolumeClaimTemplates ?? [],
                    })
            );

    /// <summary>The workloads that are services of ours.</summary>
    public IEnumerable<Workload> Services => Workloads.Where(workload => Service.Names.Contains(workload.Name));

    public static Task<Rendering> OfAsync(string folder) => Known[folder].Value;

    public IEnumerable<T> Of<T>()
        where T : IKubernetesObject<V1ObjectMeta> => Objects.OfType<T>();

    public T Find<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> =>
        Of<T>().SingleOrDefault(it => it.Metadata.Name == name)
        ?? throw new InvalidOperationException($"There is no {typeof(T).Name} named {name}.");

    /// <summary>The same with a change, to see a rule object to it.</summary>
    public Rendering With(Action<Rendering> change)
    {
        var copy = new Rendering(Folder, [.. Documents.Select(document => document.DeepClone().AsObject())]);
        change(copy);
        return copy;
    }

    private static async Task<Rendering> RenderAsync(string folder)
    {
        await InstalledPackages.RequireAsync("debian-archive-keyring", "openssh-client", "openssl");
        // Debian 12's own is of a time before components.
        var kubectl = await ProcessRunner.OutputOfAsync(
            SourceTree.PathOf("tests", "other-debian.sh"),
            ["trixie", "kubectl", "usr/bin/kubectl"]
        );
        using var directory = new TempDirectory();
        await ProcessRunner.OutputOfAsync("cp", ["-r", SourceTree.PathOf("k8s"), directory.Path]);
        var place = directory.Combine("k8s", folder);
        if (Overlays.Contains(folder))
        {
            Directory.CreateDirectory(Path.Combine(place, "secrets"));
            Directory.Delete(Path.Combine(place, "secrets"), recursive: true);
            await ProcessRunner.OutputOfAsync(directory.Combine("k8s", "new-secrets.sh"), [place]);
        }

        var yaml = await ProcessRunner.OutputOfAsync(kubectl.Trim(), ["kustomize", place]);
        return new Rendering(folder, YamlDocuments.Read(yaml));
    }
}

/// <summary>Something that has pods.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FixedReplicas">How many pods; <c>null</c>: one, or what the autoscaler says.</param>
/// <param name="Selector">The pods that it takes for its own.</param>
/// <param name="Template">What its pods are like.</param>
internal sealed record Workload(string Name, int? FixedReplicas, V1LabelSelector Selector, V1PodTemplateSpec Template)
{
    /// <summary>Claims that each pod has of its own.</summary>
    public IList<V1PersistentVolumeClaim> Claims { get; init; } = [];

    public V1PodSpec Pod => Template.Spec;

    public IEnumerable<V1Container> Containers => Pod.Containers.Concat(Pod.InitContainers ?? []);

    public IDictionary<string, string> Labels => Template.Metadata.Labels;

    public override string ToString() => Name;
}
