namespace Canary.Contracts.Deploying;

/// <summary>Event, by the deployer: what the hosts of an application run outside of a rollout, and what they should run. Published after
/// every look at them. A subscriber keeps the highest revision.</summary>
public sealed record HostsObserved : IApplicationEvent
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Counts up with every look, from 1.</summary>
    public required long Revision { get; init; }

    /// <summary>The highest number of a release of the application that had its turn when the hosts were looked at.</summary>
    public required long Number { get; init; }

    /// <summary>The hosts, without those that a rollout has in hand.</summary>
    public required IReadOnlyList<ObservedHost> Hosts { get; init; }
}

/// <summary>A host, what it runs of an application, and what it should run.</summary>
public sealed record ObservedHost
{
    /// <summary>Name in the inventory.</summary>
    public required string Name { get; init; }

    /// <summary>Version that its channel advertises.</summary>
    public required string Wanted { get; init; }

    /// <summary>Version that dpkg last reported; <c>null</c>: none, or it was never asked.</summary>
    public string? Running { get; init; }

    /// <summary>When dpkg was last asked with success, UTC; <c>null</c>: never.</summary>
    public DateTimeOffset? LastContactAt { get; init; }

    /// <summary>Since when it is known not to run what it should, UTC; <c>null</c>: it does, as far as it is known.</summary>
    public DateTimeOffset? DriftsSince { get; init; }

    /// <summary>What was wrong the last time that it was looked at, or brought there.</summary>
    public Failure? Failure { get; init; }
}

/// <summary>Command, by a person: bring hosts that drift to what their channel advertises now, whatever they wait for.</summary>
[Queue("deployer-converge-hosts")]
public sealed record ConvergeHosts
{
    /// <summary>Only this application; <c>null</c>: all.</summary>
    public string? Application { get; init; }

    /// <summary>Only this host; <c>null</c>: all.</summary>
    public string? Host { get; init; }

    /// <summary>Who asks.</summary>
    public required string By { get; init; }
}
