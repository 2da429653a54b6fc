using YamlDotNet.Serialization;

namespace Canary.Pipeline;

/// <summary>A configuration on top of another: sections are put together, anything else is replaced.</summary>
internal static class MergedYaml
{
    public static string Of(string below, string above) =>
        new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(Merge(Read(below), Read(above)));

    private static Dictionary<object, object> Read(string text) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(text);

    private static Dictionary<object, object> Merge(Dictionary<object, object> below, Dictionary<object, object> above)
    {
        foreach (var (key, value) in above)
        {
            below[key] =
                value is Dictionary<object, object> section
                && below.TryGetValue(key, out var there)
                && there is Dictionary<object, object> lower
                    ? Merge(lower, section)
                    : value;
        }

        return below;
    }
}
