namespace Canary.Ingress.Notifications;

/// <summary>A message for people. Each part is one line of plain text without deceptive characters, whoever wrote it; whoever
/// delivers it adds the markup of its service, and none of these texts may be taken for such.</summary>
internal sealed record Message
{
    /// <summary>What it is about: the same in all messages about one release.</summary>
    public required string Subject { get; init; }

    /// <summary>What has happened, in a few words.</summary>
    public required string Headline { get; init; }

    /// <summary>The same in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>Differs between two messages about one release exactly if they say something else.</summary>
    public string Occasion { get; init; } = "";

    public IReadOnlyList<Fact> Facts { get; init; } = [];

    public Link? Link { get; init; }

    /// <summary>What a person may type to decide; <c>null</c>: there is nothing to decide.</summary>
    public string? Command { get; init; }

    public required Importance Importance { get; init; }

    /// <summary>Whether somebody has to do something.</summary>
    public bool CallsForAction { get; init; }
}

/// <summary>Something that is so.</summary>
internal sealed record Fact(string Name, string Value);

/// <summary>A page where there is more. No secret is in its address: whoever decides there signs in.</summary>
internal sealed record Link(Uri Address, string Text);

/// <summary>Who should know.</summary>
internal enum Importance
{
    /// <summary>Who wants to see everything.</summary>
    Progress,

    /// <summary>Who decides about releases.</summary>
    Decision,

    /// <summary>Who is called when something is wrong.</summary>
    Problem,
}
