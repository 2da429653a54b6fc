namespace Canary.Consul;

/// <summary>An answer of Consul.</summary>
/// <param name="Value">What it says.</param>
/// <param name="Index">The state that it describes; a blocking query waits for another one.</param>
/// <param name="IsFiltered">Whether Consul left out what the token may not read (<c>X-Consul-Results-Filtered-By-ACLs</c>,
/// told by Consul 1.11 and later).</param>
/// <typeparam name="T">What was asked for.</typeparam>
public sealed record ConsulAnswer<T>(T Value, ulong Index, bool IsFiltered);
