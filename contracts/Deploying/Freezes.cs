namespace Canary.Contracts.Deploying;

/// <summary>Command, by ingress: these are the freezes that people have set; whole, so that one that was lost heals with the next. One of a
/// lower revision changes nothing.</summary>
[Queue("deployer-set-freezes")]
public sealed record SetFreezes
{
    /// <summary>Counts up with every change, from 1.</summary>
    public required long Revision { get; init; }

    /// <summary>All of them that have not passed.</summary>
    public required IReadOnlyList<Freeze> Freezes { get; init; }
}

/// <summary>A time in which no rollout begins, and none goes on to its next hosts.</summary>
public sealed record Freeze
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The application that it holds; <c>null</c>: all.</summary>
    public string? Application { get; init; }

    /// <summary>From when.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Until when; <c>null</c>: until somebody removes it.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public required string Reason { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}
