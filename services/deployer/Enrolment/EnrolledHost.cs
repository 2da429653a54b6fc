namespace Canary.Deployer.Enrolment;

/// <summary>What a host has said of itself when it was set up.</summary>
internal sealed class EnrolledHost
{
    /// <summary>Its name in the inventory.</summary>
    public required string Host { get; init; }

    /// <summary>Number of its newest enrolment.</summary>
    public long Number { get; set; }

    /// <summary>Fingerprints of its keys.</summary>
    public IReadOnlyList<string> HostKeys { get; set; } = [];
}
