namespace Canary.RepositoryPublisher.Names;

/// <summary>An application: it belongs to the repository that first published for it.</summary>
internal sealed class OwnedApplication
{
    public required string Application { get; init; }

    public required string Repository { get; set; }

    /// <summary>Git servers do not tell names by their case; the file system does.</summary>
    public bool BelongsTo(string repository) =>
        Repository.Equals(
            repository,
            repository.StartsWith('/') ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase
        );

    public override string ToString() => $"The application {Application} (now {Repository})";
}
