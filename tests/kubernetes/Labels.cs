using k8s.Models;

namespace Canary.Kubernetes.Tests;

/// <summary>Selectors as the API server understands them; none of ours has expressions.</summary>
internal static class Labels
{
    public static bool Match(V1LabelSelector? selector, IDictionary<string, string> labels)
    {
        if (selector?.MatchExpressions?.Count > 0)
        {
            throw new NotSupportedException("A selector has expressions: teach this to read them.");
        }

        return Match(selector?.MatchLabels ?? new Dictionary<string, string>(), labels);
    }

    public static bool Match(IDictionary<string, string> selector, IDictionary<string, string> labels) =>
        selector.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
