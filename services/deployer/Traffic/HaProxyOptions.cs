using System.ComponentModel.DataAnnotations;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Traffic.HaProxy;

namespace Canary.Deployer.Traffic;

/// <summary>HAProxy, through its runtime API.</summary>
public sealed class HaProxyOptions
{
    internal const string Application = "${application}";

    /// <summary>Addresses of the runtime API of every instance, as <c>tcp://HOST:PORT</c>, <c>unix:///PATH</c>, or
    /// <c>ssh://[USER@]HOST[:PORT]/PATH</c> for a socket of another machine, which needs socat there; each with <c>level admin</c>. At least
    /// one.</summary>
    public IList<string> Instances { get; set; } = [];

    /// <summary>Name of the backend that an application's hosts are in. Default: <c>${application}</c>.</summary>
    public string Backend { get; set; } = Application;

    /// <summary>Name of the backend of its canaries alone, which need not exist. Default: <c>${application}_canary</c>.</summary>
    public string CanaryBackend { get; set; } = Application + "_canary";

    /// <summary>How long the connections of a host are waited for before it is updated all the same. Default: 10 seconds. 0 waits for
    /// none.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long HAProxy's own checks are waited for after an update, before the next host is taken out. Default: 30 seconds. 0
    /// waits for none.</summary>
    public TimeSpan ReadyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many servers of a backend must be ready while others are updated: a number or a share. More hosts wait for
    /// their turn. Default: 1.</summary>
    public string MinReady { get; set; } = "1";

    /// <summary>How long a host waits for its turn before it is updated without being drained. Default: 5 minutes. 0 waits for
    /// none.</summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Parts of its weight that a server gets after an update, one after the other, before it gets all of it, for example
    /// <c>10%</c> and <c>50%</c>. Default: none, it gets all of it at once.</summary>
    public IList<string> Ramp { get; set; } = [];

    /// <summary>How long a server keeps each part of its weight. Default: 10 seconds.</summary>
    public TimeSpan RampInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Part of their weight that canaries have in the backend of all hosts until the version goes on to production: 1% to 100%.
    /// Default: 100%.</summary>
    public string CanaryShare { get; set; } = "100%";

    /// <summary>Longest time for one question to an instance. More than 0. Default: 2 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Time between two looks at instances that were down or were reloaded, as long as anything is held back there. More than
    /// 0. Default: 1 second.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromSeconds(1);

    internal int CanaryPercentage => HostShare.Parse(CanaryShare).Value;

    internal string BackendOf(string application) => Fill(Backend, application);

    internal string CanaryBackendOf(string application) => Fill(CanaryBackend, application);

    internal IEnumerable<ValidationResult> Problems()
    {
        if (Instances.Count == 0)
        {
            yield return Problem(nameof(Instances), "HAProxy is chosen, and no instance of it is named.");
        }

        foreach (var address in Instances.Where(address => !RuntimeAddress.TryParse(address, out _)))
        {
            yield return Problem(
                nameof(Instances),
                $"'{address}' is none of tcp://HOST:PORT, unix:///PATH and ssh://[USER@]HOST[:PORT]/PATH."
            );
        }

        foreach (var (name, template) in new[] { (nameof(Backend), Backend), (nameof(CanaryBackend), CanaryBackend) })
        {
            if (!RuntimeCommands.IsName(Fill(template, "x")))
            {
                yield return Problem(name, $"'{template}' is no name of a backend: {RuntimeCommands.NamesAre}");
            }
        }

        if (!HostShare.TryParse(MinReady, out _))
        {
            yield return Problem(nameof(MinReady), HostShare.ProblemWith(MinReady));
        }

        foreach (
            var (name, share) in Ramp.Select(step => (nameof(Ramp), step)).Append((nameof(CanaryShare), CanaryShare))
        )
        {
            if (!HostShare.TryParse(share, out var parsed) || parsed is not { IsPercentage: true, Value: > 0 })
            {
                yield return Problem(name, $"'{share}' is no part of a weight (1% to 100%).");
            }
        }
    }

    internal IEnumerable<(string Name, TimeSpan Value)> Durations() =>
        [
            (nameof(DrainTimeout), DrainTimeout),
            (nameof(ReadyTimeout), ReadyTimeout),
            (nameof(TurnTimeout), TurnTimeout),
            (nameof(RampInterval), RampInterval),
            (nameof(RequestTimeout), RequestTimeout),
            (nameof(ReconcileInterval), ReconcileInterval),
        ];

    private static ValidationResult Problem(string option, string text) =>
        new(text, [$"{nameof(DeployerOptions.Traffic)}.{nameof(TrafficOptions.Haproxy)}.{option}"]);

    private static string Fill(string template, string application) =>
        template.Replace(Application, application, StringComparison.Ordinal);
}
