using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>Who may connect to whom, worked out from the policies as a network plugin does.</summary>
internal static class NetworkRules
{
    private const string Http = "http";

    /// <summary>Policies select and name pods and ports that exist, and all else is forbidden.</summary>
    public static IEnumerable<string> Sound(Rendering rendering)
    {
        var policies = rendering.Of<V1NetworkPolicy>().ToList();
        var denies = policies.Exists(policy =>
            policy.Spec is { Ingress: null, Egress: null, PolicyTypes: ["Ingress", "Egress"] }
            && IsEmpty(policy.Spec.PodSelector)
        );
        if (!denies)
        {
            yield return "Nothing forbids what no policy allows.";
        }

        foreach (var policy in policies)
        {
            var name = policy.Metadata.Name;
            if (Selected(policy.Spec.PodSelector).Count == 0)
            {
                yield return $"The policy {name} selects no pods.";
            }

            var incoming = (policy.Spec.Ingress ?? []).Select(rule =>
                (Peers: rule.FromProperty, rule.Ports, At: Selected(policy.Spec.PodSelector))
            );
            var outgoing = (policy.Spec.Egress ?? []).Select(rule =>
                (
                    Peers: rule.To,
                    rule.Ports,
                    At: (rule.To ?? []).SelectMany(peer => Selected(peer.PodSelector)).ToList()
                )
            );
            foreach (var (peers, ports, at) in incoming.Concat(outgoing))
            {
                if (peers is not { Count: > 0 } || ports is not { Count: > 0 })
                {
                    yield return $"The policy {name} allows everybody or every port.";
                    continue;
                }

                foreach (var peer in peers.Where(it => it is { PodSelector: not null, NamespaceSelector: null }))
                {
                    if (Selected(peer.PodSelector).Count == 0)
                    {
                        yield return $"The policy {name} is about pods that do not exist.";
                    }
                }

                foreach (var port in ports.Where(port => port.Port.Value.Any(char.IsAsciiLetter)))
                {
                    if (at.Exists(workload => NumberOf(workload, port.Port.Value) is null))
                    {
                        yield return $"The policy {name} names the port {port.Port.Value}, which not all pods have.";
                    }
                }
            }
        }

        List<Workload> Selected(V1LabelSelector? selector) =>
            selector is null ? [] : [.. rendering.Workloads.Where(it => Labels.Match(selector, it.Labels))];
    }

    /// <summary>Each service reaches those that it calls, and no other.</summary>
    public static IEnumerable<string> CallsAllowed(Rendering rendering)
    {
        foreach (var service in Service.All)
        {
            var calls = service.Calls.ToList();
            foreach (var other in Service.Names.Where(other => other != service.Name))
            {
                var allowed = Allows(rendering, service.Name, other, Http);
                if (allowed != calls.Contains(other))
                {
                    yield return allowed
                        ? $"{service} may call {other}, and never does."
                        : $"{service} calls {other}, and may not.";
                }
            }
        }
    }

    /// <summary>Names can be looked up, and the outside can be reached where it is needed.</summary>
    public static IEnumerable<string> OutsideReached(Rendering rendering)
    {
        foreach (var workload in rendering.Workloads)
        {
            var names = Outgoing(rendering, workload)
                .Where(rule => rule.To.Any(peer => peer.NamespaceSelector is not null))
                .SelectMany(rule => rule.Ports)
                .Where(port => port.Port.Value == "53")
                .Select(port => port.Protocol)
                .ToList();
            if (!names.Contains("UDP") || !names.Contains("TCP"))
            {
                yield return $"{workload} cannot look up names.";
            }
        }

        (string Service, int Port)[] needs =
        [
            ("ingress", 443),
            ("ci-coordinator", 443),
            ("packager", 443),
            ("deployer", 22),
        ];
        foreach (var workload in rendering.Services)
        {
            var reached = Outgoing(rendering, workload)
                .Where(rule => rule.To.Any(peer => peer.IpBlock is not null))
                .SelectMany(rule => rule.Ports)
                .ToList();
            foreach (var (_, port) in needs.Where(need => need.Service == workload.Name))
            {
                if (!reached.Exists(it => it.Port.Value == $"{port}"))
                {
                    yield return $"{workload} cannot reach port {port} outside.";
                }
            }
        }

        foreach (var path in rendering.Of<V1Ingress>().SelectMany(it => it.Spec.Rules).SelectMany(it => it.Http.Paths))
        {
            var pods = rendering.Workloads.Single(it => it.Name == path.Backend.Service.Name);
            if (!Incoming(rendering, pods).SelectMany(rule => rule.FromProperty).Any(IsController))
            {
                yield return $"The ingress controller cannot reach {pods}.";
            }
        }

        static bool IsController(V1NetworkPolicyPeer peer) =>
            peer.NamespaceSelector?.MatchLabels?.Values.Contains("ingress-nginx") == true;
    }

    /// <summary>Whether a workload may connect to a port of another one: both ends must allow it.</summary>
    public static bool Allows(Rendering rendering, string from, string to, string port)
    {
        var (source, target) = (
            rendering.Workloads.Single(it => it.Name == from),
            rendering.Workloads.Single(it => it.Name == to)
        );
        return Outgoing(rendering, source).Any(rule => rule.To.Any(peer => IsTo(peer, target)) && HasPort(rule.Ports))
            && Incoming(rendering, target)
                .Any(rule => rule.FromProperty.Any(peer => IsTo(peer, source)) && HasPort(rule.Ports));

        static bool IsTo(V1NetworkPolicyPeer peer, Workload workload) =>
            peer is { NamespaceSelector: null, PodSelector: { } pods } && Labels.Match(pods, workload.Labels);

        bool HasPort(IEnumerable<V1NetworkPolicyPort> ports) =>
            ports.Any(it => it.Port.Value == port || it.Port.Value == $"{NumberOf(target, port)}");
    }

    /// <summary>Whether a workload may connect to a port of some address outside of the cluster.</summary>
    public static bool AllowsOutside(Rendering rendering, Workload workload, int port) =>
        Outgoing(rendering, workload)
            .Any(rule =>
                rule.To.Any(peer => peer.IpBlock is not null) && rule.Ports.Any(it => it.Port.Value == $"{port}")
            );

    private static IEnumerable<V1NetworkPolicyEgressRule> Outgoing(Rendering rendering, Workload workload) =>
        rendering
            .Of<V1NetworkPolicy>()
            .Where(it => it.Spec.PolicyTypes.Contains("Egress") && Labels.Match(it.Spec.PodSelector, workload.Labels))
            .SelectMany(policy => policy.Spec.Egress ?? []);

    private static IEnumerable<V1NetworkPolicyIngressRule> Incoming(Rendering rendering, Workload workload) =>
        rendering
            .Of<V1NetworkPolicy>()
            .Where(it => it.Spec.PolicyTypes.Contains("Ingress") && Labels.Match(it.Spec.PodSelector, workload.Labels))
            .SelectMany(policy => policy.Spec.Ingress ?? []);

    private static int? NumberOf(Workload workload, string port) =>
        workload
            .Containers.SelectMany(container => container.Ports ?? [])
            .FirstOrDefault(it => it.Name == port)
            ?.ContainerPort;

    private static bool IsEmpty(V1LabelSelector selector) =>
        selector is { MatchLabels: null or { Count: 0 }, MatchExpressions: null or { Count: 0 } };
}
