using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Transport;

namespace Canary.Deployer.Convergence;

/// <summary>What is known of an application on a host, outside of rollouts.</summary>
internal sealed class HostRecord
{
    public required string Application { get; init; }

    public required string Host { get; init; }

    public required string Wanted { get; set; }

    /// <summary>Version that dpkg last reported.</summary>
    public string? Running { get; set; }

    public DateTimeOffset? LastContactAt { get; set; }

    public DateTimeOffset? DriftsSince { get; set; }

    public Failure? Failure { get; set; }

    /// <summary>How often it was to be brought there since it drifts.</summary>
    public int Tries { get; set; }

    /// <summary>Not tried again before.</summary>
    public DateTimeOffset? NextTryAt { get; set; }

    /// <summary>Notes what dpkg says.</summary>
    public void Saw(InstalledPackage installed, ListedVersion wanted, DateTimeOffset now)
    {
        Wanted = wanted.Version;
        Running = installed.Version;
        LastContactAt = now;
        if (installed.Is(wanted.Version))
        {
            (DriftsSince, Failure, Tries, NextTryAt) = (null, null, 0, null);
        }
        else
        {
            DriftsSince ??= now;
        }
    }

    /// <summary>Notes that the host could not be asked, or not be brought there.</summary>
    public void Missed(Failure failure, ListedVersion wanted, DateTimeOffset now)
    {
        Failure = failure;
        if (Wanted != wanted.Version)
        {
            // What it runs is only known for what was wanted before.
            DriftsSince ??= now;
        }

        Wanted = wanted.Version;
    }

    public ObservedHost ToContract() =>
        new()
        {
            Name = Host,
            Wanted = Wanted,
            Running = Running,
            LastContactAt = LastContactAt,
            DriftsSince = DriftsSince,
            Failure = Failure,
        };
}

/// <summary>Counts the looks at the hosts of an application, those at the inventory, and the alarms that began to fire.</summary>
internal sealed class Observation
{
    /// <summary>Stands for the inventory; no application has this name.</summary>
    public const string WholeFleet = "";

    /// <summary>Stands for the alarms; no application has this name either.</summary>
    public const string Alarms = "*alarms";

    public required string Application { get; init; }

    public long Revision { get; set; }
}
