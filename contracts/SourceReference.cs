namespace Canary.Contracts;

/// <summary>Exactly one commit of one repository: what every stage of a release works on.</summary>
public sealed record SourceReference
{
    /// <summary>Name that people know the repository by, for example <c>acme/shop</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Address that <c>git fetch</c> understands. Never holds a credential.</summary>
    public required string CloneUrl { get; init; }

    /// <summary>Branch that was pushed, without <c>refs/heads/</c>.</summary>
    public required string Branch { get; init; }

    /// <summary>Full commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.</summary>
    public required string Commit { get; init; }
}
