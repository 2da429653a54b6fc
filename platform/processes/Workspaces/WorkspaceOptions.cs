using System.ComponentModel.DataAnnotations;

namespace Canary.Processes.Workspaces;

/// <summary>How sources are fetched. Section <c>workspaces</c>.</summary>
public sealed class WorkspaceOptions : IValidatableObject
{
    private static readonly string[] DefaultProtocols = ["https", "ssh"];

    /// <summary>Whether a repository may be a path on this machine. Default: <c>true</c>.</summary>
    public bool AllowLocalRepositories { get; set; } = true;

    /// <summary>Transports that git may use besides local paths, for example <c>https</c>, <c>ssh</c>, <c>http</c>.
    /// Default: <c>https</c> and <c>ssh</c>.</summary>
    public IList<string>? Protocols { get; set; }

    /// <summary>File in the format of git's <c>credential-store</c>, for private repositories over HTTPS: an absolute path.
    /// Default: none.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>Longest time for one fetch or checkout, 1 second to 1 day. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many commits a repository's local copy takes in before it is made anew, 1 to 10,000; bounds its size.
    /// Default: 100.</summary>
    [Range(1, 10_000)]
    public int CommitsPerCopy { get; set; } = 100;

    /// <summary>Whether the content of files in Git LFS is fetched, from the repository's own server; takes git-lfs. Default:
    /// <c>false</c>, and such a file in a package is an error.</summary>
    public bool LargeFiles { get; set; }

    /// <summary>Whether the files of submodules are fetched, from the repository's own server and those of
    /// <see cref="SubmoduleHosts"/>. Default: <c>false</c>, and a submodule in a package is an error.</summary>
    public bool Submodules { get; set; }

    /// <summary>Names of further servers that submodules may be on. Default: none.</summary>
    public IList<string> SubmoduleHosts { get; set; } = [];

    internal IEnumerable<string> AllProtocols =>
        AllowLocalRepositories ? [.. Protocols ?? DefaultProtocols, "file"] : Protocols ?? DefaultProtocols;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CredentialsFile is { } file && !Path.IsPathRooted(file))
        {
            yield return new ValidationResult($"'{file}' is not an absolute path.", [nameof(CredentialsFile)]);
        }
        foreach (var protocol in (Protocols ?? []).Where(name => !name.All(char.IsAsciiLetterOrDigit)))
        {
            yield return new ValidationResult($"'{protocol}' is not the name of a git transport.", [nameof(Protocols)]);
        }
    }
}
