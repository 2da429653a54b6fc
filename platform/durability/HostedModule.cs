namespace Canary.Durability;

/// <summary>A service of this host.</summary>
public sealed record HostedModule(string Name);
