using Canary.Contracts.Deploying;

namespace Canary.Ingress.Enrolment;

/// <summary>A token that hosts enrol with, each of its hosts once.</summary>
internal sealed class EnrolmentTokenRow
{
    /// <summary>SHA-256 of the token, in hexadecimal digits: the token itself is with whoever asked for it.</summary>
    public required string Digest { get; init; }

    /// <summary>Names of the hosts that it is for.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string By { get; init; }

    /// <summary>For people to read, UTC.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Until when it is good, by the clock of the store.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What a host said of itself when it was set up.</summary>
internal sealed class EnrolmentRow
{
    /// <summary>The order of enrolments, which no clock changes.</summary>
    public long Number { get; init; }

    /// <summary>Digest of its token.</summary>
    public required string Token { get; init; }

    public required string Host { get; init; }

    public required IReadOnlyList<string> HostKeys { get; init; }

    /// <summary>When the deployer is told again, by the clock of the store; <c>null</c>: it knows.</summary>
    public DateTimeOffset? SendAt { get; set; }

    /// <summary>How often it was told.</summary>
    public int Sent { get; set; }

    public EnrolHost ToCommand() =>
        new()
        {
            Number = Number,
            Host = Host,
            HostKeys = HostKeys,
        };
}
