namespace Canary.Hosting;

/// <summary>A service of this host.</summary>
internal sealed record HostedModule(string Name);
