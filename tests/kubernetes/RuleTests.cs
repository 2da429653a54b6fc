using k8s.Models;

namespace Canary.Kubernetes.Tests;

public sealed class RuleTests
{
    private static readonly Dictionary<string, Func<Rendering, IEnumerable<string>>> Rules = new()
    {
        ["Pods satisfy the restricted profile"] = PodRules.Restricted,
        ["Pods are hardened"] = PodRules.Hardened,
        ["Pods have probes, limits and a spread"] = PodRules.Bounded,
        ["Secrets are files only"] = PodRules.Discreet,
        ["What is named is there"] = ReferenceRules.Names,
        ["Autoscalers and budgets fit"] = ReferenceRules.Scaling,
        ["Replicas can share their volumes"] = ReferenceRules.SharedVolumes,
        ["Network policies are sound"] = NetworkRules.Sound,
        ["Services reach those that they call, and no other"] = NetworkRules.CallsAllowed,
        ["The outside is reached where it is needed"] = NetworkRules.OutsideReached,
    };

    /// <summary>What each rule must object to.</summary>
    private static readonly (string Rule, string Says, Action<Rendering> Break)[] Breaks =
    [
        ("Pods satisfy the restricted profile", "may run as root", it => PodOf(it).SecurityContext.RunAsNonRoot = null),
        ("Pods satisfy the restricted profile", "may run as root", it => PodOf(it).SecurityContext.RunAsUser = 0),
        ("Pods satisfy the restricted profile", "not filtered", it => PodOf(it).SecurityContext.SeccompProfile = null),
        (
            "Pods satisfy the restricted profile",
            "has capabilities",
            it => ContainerOf(it).SecurityContext.Capabilities.Drop = ["NET_RAW"]
        ),
        (
            "Pods satisfy the restricted profile",
            "gain privileges",
            it => ContainerOf(it).SecurityContext.AllowPrivilegeEscalation = null
        ),
        ("Pods satisfy the restricted profile", "namespaces of the node", it => PodOf(it).HostNetwork = true),
        (
            "Pods satisfy the restricted profile",
            "not allowed",
            it =>
                PodOf(it).Volumes[0] = new()
                {
                    Name = "configuration",
                    HostPath = new() { Path = "/" },
                }
        ),
        ("Pods satisfy the restricted profile", "port of the node", it => ContainerOf(it).Ports[0].HostPort = 80),
        ("Pods are hardened", "writable", it => ContainerOf(it).SecurityContext.ReadOnlyRootFilesystem = false),
        ("Pods are hardened", "token", it => PodOf(it).AutomountServiceAccountToken = null),
        ("Pods are hardened", "token", it => PodOf(it).ServiceAccountName = "default"),
        ("Pods have probes, limits and a spread", "a probe", it => ContainerOf(it).StartupProbe = null),
        ("Pods have probes, limits and a spread", "memory", it => ContainerOf(it).Resources.Limits.Remove("memory")),
        ("Pods have probes, limits and a spread", "spread", it => PodOf(it).TopologySpreadConstraints = null),
        (
            "Secrets are files only",
            "TOKEN holds a secret",
            it =>
                ContainerOf(it)
                    .Env.Add(
                        new()
                        {
                            Name = "TOKEN",
                            ValueFrom = new() { SecretKeyRef = new() { Key = "api-token" } },
                        }
                    )
        ),
        (
            "Secrets are files only",
            "canary.yaml holds a secret",
            it =>
            {
                var token = it.Of<V1Secret>().SelectMany(secret => secret.Data).First(file => file.Key == "api-token");
                var map = it.Of<V1ConfigMap>().First(map => map.Data.ContainsKey("canary.yaml"));
                map.Data["canary.yaml"] += System.Text.Encoding.UTF8.GetString(token.Value);
            }
        ),
        ("What is named is there", "needs the Secret", it => SecretOf(it).SecretName = "canary-service"),
        (
            "What is named is there",
            "needs the claim",
            it =>
                PodOf(it, "repository-publisher")
                    .Volumes.First(v => v.Name == "repository")
                    .PersistentVolumeClaim.ClaimName = "x"
        ),
        ("What is named is there", "mounts", it => ContainerOf(it).VolumeMounts[0].Name = "configurations"),
        (
            "What is named is there",
            "selects 0 workloads",
            it => it.Find<V1Service>("ingress").Spec.Selector["app.kubernetes.io/name"] = "ingres"
        ),
        ("What is named is there", "lacks", it => it.Find<V1Service>("ingress").Spec.Ports[0].TargetPort = "web"),
        (
            "What is named is there",
            "not there or lacks the port",
            it => it.Find<V1Ingress>("canary").Spec.Rules[0].Http.Paths[0].Backend.Service.Port.Name = "web"
        ),
        (
            "What is named is there",
            "restricted profile",
            it => it.Of<V1Namespace>().Single().Metadata.Labels["pod-security.kubernetes.io/enforce"] = "baseline"
        ),
        (
            "Autoscalers and budgets fit",
            "is not there",
            it => it.Find<V2HorizontalPodAutoscaler>("packager").Spec.ScaleTargetRef.Name = "packagers"
        ),
        (
            "Autoscalers and budgets fit",
            "fights its autoscaler",
            it => it.Find<V1Deployment>("packager").Spec.Replicas = 3
        ),
        (
            "Autoscalers and budgets fit",
            "from being drained",
            it => it.Find<V1PodDisruptionBudget>("packager").Spec.MaxUnavailable = "0"
        ),
        (
            "Replicas can share their volumes",
            "cannot share repository",
            it => it.Find<V1PersistentVolumeClaim>("repository").Spec.AccessModes = ["ReadWriteOnce"]
        ),
        (
            "Network policies are sound",
            "Nothing forbids",
            it => it.Find<V1NetworkPolicy>("default-deny").Spec.PolicyTypes = ["Ingress"]
        ),
        (
            "Network policies are sound",
            "pods that do not exist",
            it =>
                it.Find<V1NetworkPolicy>("packager").Spec.Egress[0].To[0].PodSelector.MatchLabels[
                    "app.kubernetes.io/name"
                ] = "ingres"
        ),
        (
            "Network policies are sound",
            "which not all pods have",
            it => it.Find<V1NetworkPolicy>("packager").Spec.Egress[0].Ports[0].Port = "web"
        ),
        (
            "Network policies are sound",
            "every port",
            it => it.Find<V1NetworkPolicy>("packager").Spec.Egress[0].Ports = null
        ),
        (
            "Services reach those that they call, and no other",
            "packager calls ingress, and may not",
            it => it.Find<V1NetworkPolicy>("packager").Spec.Egress.RemoveAt(0)
        ),
        (
            "Services reach those that they call, and no other",
            "packager calls repository-publisher, and may not",
            it => it.Find<V1NetworkPolicy>("repository-publisher").Spec.Ingress[0].FromProperty.Clear()
        ),
        (
            "Services reach those that they call, and no other",
            "deployer may call ingress, and never does",
            it =>
            {
                it.Find<V1NetworkPolicy>("deployer").Spec.Egress[0].To[0].PodSelector = new();
                it.Find<V1NetworkPolicy>("ingress").Spec.Ingress[0].FromProperty[1].PodSelector = new();
            }
        ),
        (
            "The outside is reached where it is needed",
            "cannot look up names",
            it => it.Find<V1NetworkPolicy>("dns").Spec.Egress[0].Ports.RemoveAt(0)
        ),
        (
            "The outside is reached where it is needed",
            "deployer cannot reach port 22",
            it => it.Find<V1NetworkPolicy>("deployer").Spec.Egress[1].Ports.RemoveAt(0)
        ),
        (
            "The outside is reached where it is needed",
            "cannot reach ingress",
            it => it.Find<V1NetworkPolicy>("ingress").Spec.Ingress[0].FromProperty.RemoveAt(0)
        ),
    ];

    public static TheoryData<string, string> Cases =>
        new(Rules.Keys.SelectMany(rule => Rendering.Folders, (rule, folder) => (rule, folder)));

    public static TheoryData<int, string, string> Broken =>
        new(Breaks.Select((it, index) => (index, it.Rule, it.Says)));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Manifests_keep_the_rule(string rule, string folder) =>
        Rules[rule](await Rendering.OfAsync(folder)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_rule_that_is_broken_says_so(int index, string rule, string says)
    {
        var broken = (await Rendering.OfAsync("overlays/production")).With(Breaks[index].Break);

        Rules[rule](broken).ShouldContain(fault => fault.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_rule_is_proven() =>
        Breaks.Select(it => it.Rule).Distinct().ShouldBe(Rules.Keys, ignoreOrder: true);

    private static V1PodSpec PodOf(Rendering rendering, string service = "packager") =>
        rendering.Find<V1Deployment>(service).Spec.Template.Spec;

    private static V1Container ContainerOf(Rendering rendering) => PodOf(rendering).Containers[0];

    private static V1SecretVolumeSource SecretOf(Rendering rendering) =>
        PodOf(rendering).Volumes.First(volume => volume.Name == "secrets").Secret;
}
