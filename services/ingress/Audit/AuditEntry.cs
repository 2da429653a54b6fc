namespace Canary.Ingress.Audit;

/// <summary>Something that a person decided here, for the record.</summary>
internal sealed class AuditEntry
{
    /// <summary>The order of the entries, which no clock changes.</summary>
    public long Id { get; init; }

    public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>What, by a name of <see cref="AuditedActions"/>.</summary>
    public required string Action { get; init; }

    public string? Application { get; init; }

    public Guid? ReleaseId { get; init; }

    public string? Host { get; init; }

    /// <summary>What else there is to say: a version, a message.</summary>
    public string? Detail { get; init; }

    /// <summary>Who, as the request says: whoever has the token can say anything.</summary>
    public required string By { get; init; }

    public string? Reason { get; init; }

    /// <summary>Whose token the request had.</summary>
    public required string Token { get; init; }

    /// <summary>The address that the request came from.</summary>
    public required string Address { get; init; }
}
