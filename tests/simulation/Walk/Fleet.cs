using Canary.Simulation.Tests.World;

namespace Canary.Simulation.Tests.Walk;

/// <summary>Hosts that join, leave, are away for days, are installed anew, and are changed by hand.</summary>
internal sealed class Fleet(SimulatedCanary canary, Ledger ledger, Random random)
{
    private const int Fewest = 4;
    private const int Most = 8;

    private readonly List<string> _hosts = [.. First];
    private int _joined;

    /// <summary>The hosts at first.</summary>
    public static IReadOnlyList<string> First { get; } =
    ["canary-1", "canary-2", "web-1", "web-2", "web-3", "web-4", "web-5", "web-6"];

    public IReadOnlyList<string> Hosts => _hosts;

    public void SendAway()
    {
        var host = Any();
        canary.Machines.SendAway(host);
        Say($"{host} is away");
    }

    public void BringBack()
    {
        foreach (var host in _hosts.Where(canary.Machines.IsUnavailable).Take(2))
        {
            canary.Machines.BringBack(host);
            Say($"{host} is back");
        }
    }

    public void Join()
    {
        if (_hosts.Count < Most)
        {
            var host = FormattableString.Invariant($"{(random.Next(3) == 0 ? "canary" : "web")}-{10 + ++_joined}");
            _hosts.Add(host);
            canary.WriteInventory(_hosts);
            Say($"{host} joins");
        }
    }

    public void Leave()
    {
        var host = Any();
        var isLastCanary = host.StartsWith("canary", StringComparison.Ordinal) && Canaries <= 1;
        if (_hosts.Count > Fewest && !isLastCanary)
        {
            _hosts.Remove(host);
            canary.WriteInventory(_hosts);
            canary.Machines.Wipe(host);
            Say($"{host} leaves");
        }
    }

    public void InstallAnew()
    {
        var host = Any();
        canary.Machines.Wipe(host);
        Say($"{host} is installed anew");
    }

    public void ChangeByHand(string application)
    {
        var host = Any();
        canary.Machines.Change(host, application, "9.9");
        Say($"{host} gets {application} 9.9 by hand");
    }

    private int Canaries => _hosts.Count(host => host.StartsWith("canary", StringComparison.Ordinal));

    private string Any() => _hosts[random.Next(_hosts.Count)];

    private void Say(string what) => ledger.Say(canary.Elapsed, what);
}
