using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>One HAProxy, and what it can be asked.</summary>
internal sealed partial class HaProxyInstance(RuntimeApi api)
{
    public string Name => api.Instance;

    /// <summary>All servers of all backends.</summary>
    /// <exception cref="CanaryException">It cannot be asked.</exception>
    public async Task<IReadOnlyList<ServerState>> ServersAsync(CancellationToken cancellation) =>
        ServerState.Parse(Name, await api.AskAsync(RuntimeCommands.ShowServers, cancellation));

    /// <summary>How many requests and connections some servers of a backend have.</summary>
    /// <exception cref="CanaryException">It cannot be asked.</exception>
    public async Task<int> OpenAsync(
        string backend,
        IReadOnlyCollection<string> servers,
        CancellationToken cancellation
    ) =>
        ServerLoad
            .Parse(Name, await api.AskAsync(RuntimeCommands.ShowServersOf(backend), cancellation))
            .Where(server => servers.Contains(server.Name))
            .Sum(server => server.Open);

    /// <exception cref="CanaryException">It was not done.</exception>
    public Task DrainAsync(string backend, string server, CancellationToken cancellation) =>
        api.TellAsync(RuntimeCommands.Drain(backend, server), cancellation);

    /// <exception cref="CanaryException">It was not done.</exception>
    public Task ReadyAsync(string backend, string server, CancellationToken cancellation) =>
        api.TellAsync(RuntimeCommands.Ready(backend, server), cancellation);

    /// <exception cref="CanaryException">It was not done.</exception>
    public Task WeighAsync(string backend, string server, int weight, CancellationToken cancellation) =>
        api.TellAsync(RuntimeCommands.Weigh(backend, server, weight), cancellation);

    /// <summary>Its version; it must let itself be changed.</summary>
    /// <exception cref="CanaryException">It cannot be asked, or cannot be changed.</exception>
    public async Task<string> VersionAsync(CancellationToken cancellation)
    {
        var level = (await api.AskAsync(RuntimeCommands.ShowLevel, cancellation)).Trim();
        if (level != "admin")
        {
            throw api.Refused("set server", $"Permission denied at level '{level}'");
        }

        var info = await api.AskAsync(RuntimeCommands.ShowVersion, cancellation);
        return Version().Match(info) is { Success: true } match ? match.Groups[1].Value : "of an unknown version";
    }

    [GeneratedRegex(@"^Version: (\S+)", RegexOptions.Multiline)]
    private static partial Regex Version();
}
