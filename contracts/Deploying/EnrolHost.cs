namespace Canary.Contracts.Deploying;

/// <summary>
/// Command, by ingress to the deployer: a host that was set up has said who it is, with a token that an operator had asked for. Sent again
/// until <see cref="AcknowledgeEnrolment"/> says that it is known; of two of the same host the higher number counts.
/// </summary>
[Queue("deployer-enrol-host")]
public sealed record EnrolHost
{
    /// <summary>The enrolment; it counts up with every one, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Name of the host, as in the inventory.</summary>
    public required string Host { get; init; }

    /// <summary>Fingerprints of its keys, as <c>ssh-keygen -l</c> prints them.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }
}

/// <summary>Command, by the deployer to ingress: an enrolment is recorded.</summary>
[Queue("ingress-acknowledge-enrolment")]
public sealed record AcknowledgeEnrolment
{
    /// <summary>The enrolment.</summary>
    public required long Number { get; init; }
}
