namespace Canary.Ingress.Enrolment;

/// <summary>For which hosts a person wants a token.</summary>
internal sealed record EnrolmentRequest
{
    /// <summary>Their names, 1 to 10,000, as in the inventory. They need not be there yet.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>How long it is good, 1 minute to 30 days; default 24 hours.</summary>
    public TimeSpan? ValidFor { get; init; }

    /// <summary>Who asks; default <c>operator</c>.</summary>
    public string? By { get; init; }
}

/// <summary>A token that hosts enrol with. It is shown this once.</summary>
internal sealed record IssuedEnrolment
{
    /// <summary>The secret: each host shows it once.</summary>
    public required string Token { get; init; }

    /// <summary>Whom it is for.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>How long it is good.</summary>
    public required TimeSpan ValidFor { get; init; }
}

/// <summary>What a host says of itself when it is set up.</summary>
internal sealed record HostFacts
{
    /// <summary>Its name in the inventory.</summary>
    public string? Host { get; init; }

    /// <summary>Fingerprints of its SSH keys, as <c>ssh-keygen -l</c> prints them, 1 to 10.</summary>
    public IReadOnlyList<string>? HostKeys { get; init; }
}

/// <summary>What became of an enrolment.</summary>
internal sealed record EnrolledHostView
{
    public required string Host { get; init; }

    /// <summary>Fingerprints that it must show from now on, unless the inventory has some.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }
}

/// <summary>What sets up a host.</summary>
internal sealed record HostSetupView
{
    /// <summary>Address of the script, for everybody.</summary>
    public required string Script { get; init; }

    /// <summary>Its SHA-256, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Address of the package repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Fingerprint of the key that signs it.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Public key that hosts let in.</summary>
    public required string DeployerKey { get; init; }
}
