namespace Canary.Consul;

/// <summary>A right that an ACL token has or lacks.</summary>
/// <param name="Resource">Kind of resource, for example <c>service</c>, <c>node</c> or <c>key</c>.</param>
/// <param name="Access"><c>read</c> or <c>write</c>.</param>
/// <param name="Segment">Name of the resource; empty: any.</param>
public sealed record ConsulPermission(string Resource, string Access, string Segment = "")
{
    /// <summary>As Consul's own messages name it, for example <c>service:read on 'shop'</c>.</summary>
    public override string ToString() =>
        Segment.Length == 0 ? $"{Resource}:{Access}" : $"{Resource}:{Access} on '{Segment}'";
}

/// <summary>A part of the host that works with Consul, and says what its token must allow.</summary>
public interface IConsulUser
{
    /// <summary>The permissions that it needs now.</summary>
    Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation);
}
