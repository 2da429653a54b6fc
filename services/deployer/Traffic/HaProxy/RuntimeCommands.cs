using System.Buffers;
using System.Globalization;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Commands of the runtime API (management.txt, 9.3). Nothing separates them from their arguments but spaces, and from each
/// other but semicolons and newlines: a name that is none goes into no command.</summary>
internal static class RuntimeCommands
{
    public const string NamesAre = "letters, digits, '_', '-', '.' and ':'.";

    public const string ShowServers = "show servers state";

    public const string ShowVersion = "show info";

    public const string ShowLevel = "show cli level";

    private static readonly SearchValues<char> OfNames = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:"
    );

    public static bool IsName(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(OfNames);

    /// <summary>Connections and the like of the servers of a backend.</summary>
    public static string ShowServersOf(string backend) => $"show stat {Name(backend)} 4 -1";

    public static string Drain(string backend, string server) => $"set server {Server(backend, server)} state drain";

    public static string Ready(string backend, string server) => $"set server {Server(backend, server)} state ready";

    public static string Weigh(string backend, string server, int weight) =>
        string.Create(CultureInfo.InvariantCulture, $"set server {Server(backend, server)} weight {weight}");

    private static string Server(string backend, string server) => $"{Name(backend)}/{Name(server)}";

    private static string Name(string text) =>
        IsName(text)
            ? text
            : throw new CanaryException(
                DeployerCodes.HaproxyNameInvalid,
                $"'{text}' cannot be the name of a backend or a server of HAProxy: those have {NamesAre}",
                "Correct the name in the inventory, or deployer.traffic.haproxy.backend."
            );
}
