namespace Canary.GitHub;

/// <summary>What a repository is called now; it may be renamed or transferred, and keeps its id.</summary>
/// <param name="Owner">User or organization.</param>
/// <param name="Name">Its own name.</param>
public sealed record RepositoryName(string Owner, string Name)
{
    /// <summary>Reads <c>OWNER/NAME</c>, also with what an address has around it.</summary>
    /// <returns><c>null</c>: it is none.</returns>
    public static RepositoryName? Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        var path = text.Trim('/');
        path = path.EndsWith(".git", StringComparison.Ordinal) ? path[..^4] : path;
        return path.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } name] && IsPlain(owner) && IsPlain(name)
            ? new RepositoryName(owner, name)
            : null;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Owner}/{Name}";

    private static bool IsPlain(string part) =>
        part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
