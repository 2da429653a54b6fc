using Canary.Failures;
using Canary.Files;

namespace Canary.Deployer.Inventory;

/// <summary>
/// The inventory file as it was last accepted, and as it was before it lost most of its hosts: kept beside the deployer's
/// data, so that a cut file is noticed, and work that has begun goes on, also after a restart.
/// </summary>
internal sealed class InventoryCopy(DataDirectory data, ILogger<InventoryCopy> logger)
{
    private const string AcceptedName = "inventory-accepted.yml";
    private const string BeforeLossName = "inventory-before-loss.yml";

    /// <summary>Fewer are too few to speak of most.</summary>
    private const int LeastHosts = 4;

    private readonly string _accepted = Path.Combine(data.For(DeployerModule.Name), AcceptedName);

    /// <summary>Where the file stands that had the lost hosts.</summary>
    public string BeforeLossPath { get; } = Path.Combine(data.For(DeployerModule.Name), BeforeLossName);

    /// <summary>The accepted text and its hosts; <c>null</c> before the first one.</summary>
    public (string Text, IReadOnlyList<InventoryHost> Hosts)? Accepted => Read(_accepted);

    /// <summary>Hosts that the file had and has no more, since it lost most of them at once; none if it did not.</summary>
    public IReadOnlyList<string> LostOf(IReadOnlyList<InventoryHost> hosts) =>
        Read(BeforeLossPath) is { } before && IsLoss(before.Hosts, hosts) ? Missing(before.Hosts, hosts) : [];

    /// <summary>Keeps what is accepted from now on.</summary>
    public void Accept(string text, IReadOnlyList<InventoryHost> hosts)
    {
        try
        {
            if (File.Exists(BeforeLossPath))
            {
                if (LostOf(hosts).Count == 0)
                {
                    File.Delete(BeforeLossPath);
                }
            }
            else if (Accepted is { } last && IsLoss(last.Hosts, hosts))
            {
                File.Copy(_accepted, BeforeLossPath);
                logger.LogWarning(
                    "The inventory lost {Lost} of its {Hosts} hosts at once; as it was, it stands in {Path}",
                    Missing(last.Hosts, hosts).Count,
                    last.Hosts.Count,
                    BeforeLossPath
                );
            }

            var draft = _accepted + ".new";
            File.WriteAllText(draft, text);
            File.Move(draft, _accepted, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(
                "No copy of the inventory could be kept in {Path}: {Reason}",
                _accepted,
                exception.Message
            );
        }
    }

    private static bool IsLoss(IReadOnlyList<InventoryHost> before, IReadOnlyList<InventoryHost> now) =>
        before.Count >= LeastHosts && Missing(before, now).Count * 2 > before.Count;

    private static List<string> Missing(IReadOnlyList<InventoryHost> before, IReadOnlyList<InventoryHost> now) =>
        [.. before.Select(host => host.Name).Except(now.Select(host => host.Name), StringComparer.Ordinal)];

    private static (string Text, IReadOnlyList<InventoryHost> Hosts)? Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            return (text, InventoryFile.Parse(path, text));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CanaryException)
        {
            // None yet, or from a version that wrote other files: as good as none.
            return null;
        }
    }
}
