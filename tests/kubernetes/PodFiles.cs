using System.Text;
using System.Text.RegularExpressions;
using Canary.Consul;
using Canary.Hosting;
using Canary.Testing;
using k8s.Models;
using Microsoft.AspNetCore.Builder;

namespace Canary.Kubernetes.Tests;

/// <summary>The files that a service finds in its pod, below a private directory, and the host that it makes of them.</summary>
internal sealed partial class PodFiles : IDisposable
{
    private readonly TempDirectory _root = new();
    private readonly Workload _workload;

    public PodFiles(Rendering rendering, string service)
    {
        _workload = rendering.Workloads.Single(workload => workload.Name == service);
        var volumes = _workload.Pod.Volumes.ToDictionary(volume => volume.Name);
        foreach (var mount in Container.VolumeMounts)
        {
            Mount(rendering, volumes[mount.Name], mount.MountPath);
        }

        // Where the pod has a directory, this run has one below its own.
        var configuration = PathOf(Variable("CANARY_CONFIG")!);
        File.WriteAllText(
            configuration,
            AbsolutePath().Replace(File.ReadAllText(configuration), it => PathOf(it.Value))
        );
    }

    private V1Container Container => _workload.Pod.Containers.Single();

    /// <summary>All files, but for those that the service may write.</summary>
    public IEnumerable<string> Files =>
        Directory
            .EnumerateFiles(_root.Path, "*", SearchOption.AllDirectories)
            .Select(file => "/" + Path.GetRelativePath(_root.Path, file))
            .Where(file => !file.StartsWith("/var/lib/canary/", StringComparison.Ordinal) || IsBelowASecret(file))
            .Order(StringComparer.Ordinal);

    public string PathOf(string path) => _root.Combine(path.TrimStart('/'));

    public string TextOf(string path) => File.ReadAllText(PathOf(path));

    /// <summary>The host that the service's program makes, not started.</summary>
    public WebApplication BuildHost()
    {
        const string prefix = "CANARY__";
        var settings = Container
            .Env.Where(variable => variable.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(variable =>
                $"{variable.Name[prefix.Length..].Replace("__", ":", StringComparison.Ordinal)}={PathOf(variable.Value)}"
            );
        var builder = CanaryHost.CreateBuilder([.. settings], PathOf(Variable("CANARY_CONFIG")!));
        return Service.All.Single(service => service.Name == _workload.Name).Add(builder.AddConsul()).Build();
    }

    public void Dispose() => _root.Dispose();

    private string? Variable(string name) => Container.Env.SingleOrDefault(variable => variable.Name == name)?.Value;

    private bool IsBelowASecret(string file) =>
        Container.VolumeMounts.Any(mount =>
            _workload.Pod.Volumes.Single(volume => volume.Name == mount.Name).Secret is not null
            && file.StartsWith(mount.MountPath + "/", StringComparison.Ordinal)
        );

    private void Mount(Rendering rendering, V1Volume volume, string at)
    {
        var directory = Directory.CreateDirectory(PathOf(at)).FullName;
        var isMissing =
            volume.Secret?.Optional == true
            && rendering.Of<V1Secret>().All(secret => secret.Metadata.Name != volume.Secret.SecretName);
        var files =
            volume.Secret is { } secret && !isMissing
                ? rendering.Find<V1Secret>(secret.SecretName).Data
                : new Dictionary<string, byte[]>();
        if (volume.ConfigMap is { } map)
        {
            files = rendering
                .Find<V1ConfigMap>(map.Name)
                .Data.ToDictionary(file => file.Key, file => Encoding.UTF8.GetBytes(file.Value));
        }

        foreach (var (name, content) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), content);
        }
    }

    [GeneratedRegex(@"(?<=[ \[])/(?:etc|run|var)/[\w./-]+")]
    private static partial Regex AbsolutePath();
}
