using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>What names something else must name something that is there. Each rule gives what is wrong.</summary>
internal static class ReferenceRules
{
    /// <summary>Made by people or by cert-manager.</summary>
    private const string Certificate = "canary-tls";

    public static IEnumerable<string> Names(Rendering rendering) =>
        Namespaces(rendering)
            .Concat(ServiceTargets(rendering))
            .Concat(Backends(rendering))
            .Concat(rendering.Workloads.SelectMany(workload => Volumes(rendering, workload)))
            .Concat(Unused(rendering));

    /// <summary>Autoscalers and budgets.</summary>
    public static IEnumerable<string> Scaling(Rendering rendering)
    {
        foreach (var scaler in rendering.Of<V2HorizontalPodAutoscaler>())
        {
            var target = scaler.Spec.ScaleTargetRef;
            var workload = rendering.Workloads.SingleOrDefault(it => it.Name == target.Name);
            if (target.Kind != "Deployment" || target.ApiVersion != "apps/v1" || workload is null)
            {
                yield return $"The autoscaler {scaler.Metadata.Name} scales {target.Kind} {target.Name}, which is not there.";
                continue;
            }

            if (workload.FixedReplicas is not null)
            {
                yield return $"{workload} has a fixed number of replicas, which fights its autoscaler.";
            }

            if (scaler.Spec.MinReplicas >= scaler.Spec.MaxReplicas)
            {
                yield return $"The autoscaler {scaler.Metadata.Name} has nothing to choose from.";
            }
        }

        foreach (var budget in rendering.Of<V1PodDisruptionBudget>())
        {
            var selected = rendering.Workloads.Where(it => Labels.Match(budget.Spec.Selector, it.Labels)).ToList();
            if (selected is not [var workload])
            {
                yield return $"The budget {budget.Metadata.Name} is for {selected.Count} workloads.";
            }
            else if (budget.Spec is not { MinAvailable: null, MaxUnavailable: { Value: not ("0" or "0%") } })
            {
                yield return $"The budget {budget.Metadata.Name} keeps nodes of {workload} from being drained.";
            }
        }

        foreach (var service in rendering.Services)
        {
            if (!rendering.Of<V1PodDisruptionBudget>().Any(it => Labels.Match(it.Spec.Selector, service.Labels)))
            {
                yield return $"{service} has no disruption budget.";
            }
        }
    }

    /// <summary>Several pods need volumes that several nodes can write to.</summary>
    public static IEnumerable<string> SharedVolumes(Rendering rendering)
    {
        foreach (var deployment in rendering.Of<V1Deployment>())
        {
            var claims = (deployment.Spec.Template.Spec.Volumes ?? [])
                .Where(volume => volume.PersistentVolumeClaim is not null)
                .Select(volume => rendering.Find<V1PersistentVolumeClaim>(volume.PersistentVolumeClaim.ClaimName));
            foreach (var claim in claims.Where(claim => !claim.Spec.AccessModes.Contains("ReadWriteMany")))
            {
                var name = deployment.Metadata.Name;
                if ((deployment.Spec.Replicas ?? 1) > 1 || rendering.Of<V2HorizontalPodAutoscaler>().Any(IsFor))
                {
                    yield return $"Replicas of {name} on several nodes cannot share {claim.Metadata.Name}.";
                }
                else if (deployment.Spec.Strategy?.Type != "Recreate")
                {
                    yield return $"A new pod of {name} would wait for {claim.Metadata.Name} until the old one is gone.";
                }

                bool IsFor(V2HorizontalPodAutoscaler scaler) => scaler.Spec.ScaleTargetRef.Name == name;
            }
        }
    }

    private static IEnumerable<string> Namespaces(Rendering rendering)
    {
        var here = rendering.Of<V1Namespace>().Single();
        foreach (var mode in new[] { "enforce", "audit", "warn" })
        {
            if (here.Metadata.Labels[$"pod-security.kubernetes.io/{mode}"] != "restricted")
            {
                yield return $"The namespace does not {mode} the restricted profile.";
            }
        }

        var elsewhere = rendering.Objects.Where(it =>
            it is not V1Namespace && it.Metadata.NamespaceProperty != here.Metadata.Name
        );
        foreach (var stray in elsewhere)
        {
            yield return $"{stray.Kind} {stray.Metadata.Name} is in another namespace.";
        }

        foreach (var workload in rendering.Workloads.Where(it => !Labels.Match(it.Selector, it.Labels)))
        {
            yield return $"{workload} does not select its own pods.";
        }
    }

    private static IEnumerable<string> ServiceTargets(Rendering rendering)
    {
        foreach (var service in rendering.Of<V1Service>())
        {
            var pods = rendering.Workloads.Where(it => Labels.Match(service.Spec.Selector, it.Labels)).ToList();
            if (pods is not [var workload])
            {
                yield return $"The service {service.Metadata.Name} selects {pods.Count} workloads.";
                continue;
            }

            var ports = workload.Containers.SelectMany(container => container.Ports ?? []).ToList();
            foreach (var port in service.Spec.Ports)
            {
                var target = port.TargetPort?.Value ?? $"{port.Port}";
                if (!ports.Exists(it => it.Name == target || $"{it.ContainerPort}" == target))
                {
                    yield return $"The service {service.Metadata.Name} leads to the port {target}, which {workload} lacks.";
                }
            }
        }
    }

    private static IEnumerable<string> Backends(Rendering rendering)
    {
        foreach (var ingress in rendering.Of<V1Ingress>())
        {
            var backends = ingress.Spec.Rules.SelectMany(rule => rule.Http.Paths).Select(path => path.Backend.Service);
            foreach (var backend in backends)
            {
                var service = rendering.Of<V1Service>().SingleOrDefault(it => it.Metadata.Name == backend.Name);
                if (
                    service?.Spec.Ports.Any(it => it.Name == backend.Port.Name || it.Port == backend.Port.Number)
                    != true
                )
                {
                    yield return $"The ingress leads to {backend.Name}, which is not there or lacks the port.";
                }
            }

            foreach (var tls in (ingress.Spec.Tls ?? []).Where(tls => tls.SecretName != Certificate))
            {
                yield return $"The ingress takes its certificate from {tls.SecretName}.";
            }
        }

        foreach (var set in rendering.Of<V1StatefulSet>())
        {
            if (rendering.Of<V1Service>().All(service => service.Metadata.Name != set.Spec.ServiceName))
            {
                yield return $"{set.Metadata.Name} has no service.";
            }
        }
    }

    private static IEnumerable<string> Volumes(Rendering rendering, Workload workload)
    {
        var volumes = (workload.Pod.Volumes ?? []).ToDictionary(volume => volume.Name);
        foreach (var volume in volumes.Values)
        {
            if (volume.ConfigMap is { Optional: not true } map && !Has<V1ConfigMap>(map.Name))
            {
                yield return $"{workload} needs the ConfigMap {map.Name}.";
            }

            // The base leaves the secrets to the overlays.
            if (
                volume.Secret is { Optional: not true } secret
                && !Has<V1Secret>(secret.SecretName)
                && rendering.Folder != "base"
            )
            {
                yield return $"{workload} needs the Secret {secret.SecretName}.";
            }

            if (volume.PersistentVolumeClaim is { } claim && !Has<V1PersistentVolumeClaim>(claim.ClaimName))
            {
                yield return $"{workload} needs the claim {claim.ClaimName}.";
            }
        }

        var mounts = workload.Containers.SelectMany(container => container.VolumeMounts ?? []).ToList();
        var claimed = workload.Claims.Select(claim => claim.Metadata.Name);
        foreach (var mount in mounts.Where(it => !volumes.ContainsKey(it.Name) && !claimed.Contains(it.Name)))
        {
            yield return $"{workload} mounts {mount.Name}, which is no volume of it.";
        }

        foreach (var volume in volumes.Keys.Except(mounts.Select(mount => mount.Name)))
        {
            yield return $"{workload} has the volume {volume} and does not mount it.";
        }

        foreach (var mount in mounts.Where(mount => mount.SubPath is not null && rendering.Folder != "base"))
        {
            var files = volumes[mount.Name].Secret is { } held
                ? rendering.Find<V1Secret>(held.SecretName).Data.Keys
                : rendering.Find<V1ConfigMap>(volumes[mount.Name].ConfigMap.Name).Data.Keys;
            if (!files.Contains(mount.SubPath))
            {
                yield return $"{workload} mounts {mount.SubPath}, which {mount.Name} lacks.";
            }
        }

        bool Has<T>(string name)
            where T : k8s.IKubernetesObject<V1ObjectMeta> => rendering.Of<T>().Any(it => it.Metadata.Name == name);
    }

    private static IEnumerable<string> Unused(Rendering rendering)
    {
        var volumes = rendering.Workloads.SelectMany(workload => workload.Pod.Volumes ?? []).ToList();
        var used = volumes
            .Select(it => it.ConfigMap?.Name ?? it.Secret?.SecretName ?? it.PersistentVolumeClaim?.ClaimName)
            .Concat(rendering.Workloads.Select(workload => workload.Pod.ServiceAccountName));
        var made = rendering.Objects.Where(it =>
            it is V1ConfigMap or V1Secret or V1PersistentVolumeClaim or V1ServiceAccount
        );
        return made.Where(it => !used.Contains(it.Metadata.Name))
            .Select(it => $"Nothing uses {it.Kind} {it.Metadata.Name}.");
    }
}
