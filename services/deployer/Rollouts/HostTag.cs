using Canary.Deployer.Inventory;

namespace Canary.Deployer.Rollouts;

/// <summary>What the inventory says of some hosts, for example <c>zone=a</c>.</summary>
internal readonly record struct HostTag(string Name, string Value)
{
    public static bool TryParse(string text, out HostTag tag)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        tag = equals < 0 ? default : new HostTag(text[..equals], text[(equals + 1)..]);
        return equals > 0 && HostRules.TagName().IsMatch(tag.Name) && HostRules.TagValue().IsMatch(tag.Value);
    }

    public bool IsOf(InventoryHost host) => host.Tags.GetValueOrDefault(Name) == Value;

    public override string ToString() => $"{Name}={Value}";
}
