using System.Globalization;
using Canary.Machines.Ssh;

namespace Canary.Consul;

/// <summary>What the metadata of an instance says to Canary: the keys that begin with <c>canary-</c>.</summary>
public static class ConsulMetadata
{
    /// <summary>Begins every key that is meant for Canary.</summary>
    public const string Prefix = "canary-";

    private const string SshPort = "ssh-port";
    private const string SshUser = "ssh-user";
    private const string SshHostKeys = "ssh-host-keys";
    private const string SshJumps = "ssh-jump";

    /// <summary>The keys that say how to log in, for messages.</summary>
    public const string SshKeys = $"{Prefix}{SshPort}, {Prefix}{SshUser}, {Prefix}{SshHostKeys}, {Prefix}{SshJumps}";

    /// <summary>The keys that are meant for Canary, without the prefix.</summary>
    public static Dictionary<string, string> Of(ConsulInstance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);

        return instance
            .Metadata.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[Prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>How to log in to the node; every value has been found valid.</summary>
    public static SshAccess SshAccessOf(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);

        return new SshAccess
        {
            Port = metadata.TryGetValue(SshPort, out var port)
                ? int.Parse(port, CultureInfo.InvariantCulture)
                : SshAccess.DefaultPort,
            User = metadata.GetValueOrDefault(SshUser),
            HostKeys = metadata.TryGetValue(SshHostKeys, out var keys) ? Split(keys) : [],
            Jump = metadata.TryGetValue(SshJumps, out var jumps) ? Split(jumps) : null,
        };
    }

    /// <summary>Whether a value that says how to log in is valid.</summary>
    /// <returns><c>null</c>: the key says nothing of that.</returns>
    public static bool? IsValidSsh(string key, string value) =>
        key switch
        {
            SshPort => ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port > 0,
            SshUser => SshRules.UserName().IsMatch(value),
            SshHostKeys => Split(value) is { Length: > 0 } keys && keys.All(SshRules.Fingerprint().IsMatch),
            SshJumps => Split(value).All(jump => SshJump.ProblemWith(jump) is null),
            _ => null,
        };

    private static string[] Split(string keys) =>
        keys.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
