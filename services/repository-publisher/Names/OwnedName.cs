namespace Canary.RepositoryPublisher.Names;

/// <summary>The name of a package: only its owner publishes under it, as long as the repository lasts.</summary>
internal sealed class OwnedName
{
    public required string Name { get; init; }

    /// <summary>The application that owns it; <c>null</c>: it was published before owners were kept, and belongs to the
    /// application that publishes it next.</summary>
    public string? Application { get; set; }

    public override string ToString() => $"The package name {Name} (now {Application})";
}
