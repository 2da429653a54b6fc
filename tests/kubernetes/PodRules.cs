using System.Text;
using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>What every pod must be like. Each rule gives what is wrong.</summary>
internal static class PodRules
{
    /// <summary>The Pod Security Standard "restricted" (kubernetes.io/docs/concepts/security/pod-security-standards).</summary>
    public static IEnumerable<string> Restricted(Rendering rendering)
    {
        foreach (var workload in rendering.Workloads)
        {
            var pod = workload.Pod;
            if (pod.HostNetwork == true || pod.HostPID == true || pod.HostIPC == true)
            {
                yield return $"{workload} uses namespaces of the node.";
            }

            foreach (var volume in (pod.Volumes ?? []).Where(volume => !IsHarmless(volume)))
            {
                yield return $"{workload}: the volume {volume.Name} is of a kind that is not allowed.";
            }

            foreach (var container in workload.Containers)
            {
                foreach (var fault in Restricted(pod.SecurityContext, container))
                {
                    yield return $"{workload}, container {container.Name}: {fault}";
                }
            }
        }
    }

    /// <summary>What is stricter than the standard.</summary>
    public static IEnumerable<string> Hardened(Rendering rendering)
    {
        foreach (var workload in rendering.Workloads)
        {
            var pod = workload.Pod;
            var account = rendering
                .Of<V1ServiceAccount>()
                .SingleOrDefault(it => it.Metadata.Name == pod.ServiceAccountName);
            if (account?.AutomountServiceAccountToken != false || pod.AutomountServiceAccountToken != false)
            {
                yield return $"{workload} gets a token of the API, or has no service account of its own.";
            }

            if (pod.EnableServiceLinks != false)
            {
                yield return $"{workload} gets an environment variable for every service.";
            }

            foreach (var container in workload.Containers)
            {
                if (container.SecurityContext?.ReadOnlyRootFilesystem != true)
                {
                    yield return $"{workload}, container {container.Name}: its root file system is writable.";
                }

                if (container.VolumeMounts?.Any(mount => mount.MountPath == "/tmp") != true)
                {
                    yield return $"{workload}, container {container.Name}: there is no place for temporary files.";
                }
            }
        }
    }

    /// <summary>Probes and limits.</summary>
    public static IEnumerable<string> Bounded(Rendering rendering)
    {
        foreach (var workload in rendering.Workloads)
        {
            foreach (var container in workload.Containers)
            {
                if (container is not { StartupProbe: not null, LivenessProbe: not null, ReadinessProbe: not null })
                {
                    yield return $"{workload}, container {container.Name}: a probe is missing.";
                }

                foreach (var name in new[] { "cpu", "memory" })
                {
                    if (
                        container.Resources?.Requests?.ContainsKey(name) != true
                        || container.Resources.Limits?.ContainsKey(name) != true
                    )
                    {
                        yield return $"{workload}, container {container.Name}: {name} has no request or no limit.";
                    }
                }
            }

            var spread = workload.Pod.TopologySpreadConstraints ?? [];
            if (
                Service.Names.Contains(workload.Name)
                && spread.Count(it => Labels.Match(it.LabelSelector, workload.Labels)) < 2
            )
            {
                yield return $"{workload} is not spread over nodes and zones.";
            }
        }
    }

    /// <summary>Secrets are files, and stand nowhere else.</summary>
    public static IEnumerable<string> Discreet(Rendering rendering)
    {
        var secrets = rendering
            .Of<V1Secret>()
            .SelectMany(secret => secret.Data)
            .SelectMany(entry => Encoding.UTF8.GetString(entry.Value).Split('\n'))
            .Select(line => line.Split(' ')[^1])
            .Where(word => word.Length > 15)
            .ToHashSet();
        foreach (var (name, text) in rendering.Of<V1ConfigMap>().SelectMany(map => map.Data))
        {
            if (secrets.Any(text.Contains))
            {
                yield return $"The ConfigMap's {name} holds a secret.";
            }
        }

        foreach (var workload in rendering.Workloads)
        {
            foreach (var container in workload.Containers)
            {
                if (container.EnvFrom?.Count > 0)
                {
                    yield return $"{workload} takes a whole environment from elsewhere.";
                }

                foreach (var variable in container.Env ?? [])
                {
                    if (variable.ValueFrom is not null || secrets.Any((variable.Value ?? "").Contains))
                    {
                        yield return $"{workload}: the variable {variable.Name} holds a secret.";
                    }
                }

                var words = (container.Command ?? []).Concat(container.Args ?? []);
                if (words.Any(word => secrets.Any(word.Contains)))
                {
                    yield return $"{workload}: the command line holds a secret.";
                }
            }
        }
    }

    private static IEnumerable<string> Restricted(V1PodSecurityContext? pod, V1Container container)
    {
        var own = container.SecurityContext ?? new V1SecurityContext();
        if (own.Privileged == true || own.AllowPrivilegeEscalation != false)
        {
            yield return "it can gain privileges.";
        }

        if ((own.RunAsNonRoot ?? pod?.RunAsNonRoot) != true || (own.RunAsUser ?? pod?.RunAsUser ?? 0) == 0)
        {
            yield return "it may run as root.";
        }

        if ((own.SeccompProfile ?? pod?.SeccompProfile)?.Type is not ("RuntimeDefault" or "Localhost"))
        {
            yield return "its system calls are not filtered.";
        }

        if (own.Capabilities?.Drop?.Contains("ALL") != true || own.Capabilities.Add?.Count > 0)
        {
            yield return "it has capabilities.";
        }

        if (own.ProcMount is not (null or "Default") || pod?.Sysctls?.Count > 0)
        {
            yield return "it changes /proc.";
        }

        if (container.Ports?.Any(port => port.HostPort is not null) == true)
        {
            yield return "it takes a port of the node.";
        }
    }

    private static bool IsHarmless(V1Volume volume) =>
        volume.ConfigMap is not null
        || volume.Csi is not null
        || volume.DownwardAPI is not null
        || volume.EmptyDir is not null
        || volume.Ephemeral is not null
        || volume.PersistentVolumeClaim is not null
        || volume.Projected is not null
        || volume.Secret is not null;
}
