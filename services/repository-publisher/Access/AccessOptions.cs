using System.ComponentModel.DataAnnotations;

namespace Canary.RepositoryPublisher.Access;

/// <summary>Who may read the repository.</summary>
public sealed class AccessOptions
{
    /// <summary>File with the users who may read the repository and their passwords, as <c>htpasswd -B</c> writes it (bcrypt, cost 4 to 14). It is read
    /// again when it changes. The keys stay open to everybody. Default: none, everybody may read it.</summary>
    public string? UsersFile { get; set; }

    internal IEnumerable<ValidationResult> Faults(string option) =>
        UsersFile is not null && !Path.IsPathFullyQualified(UsersFile)
            ? [new ValidationResult($"{nameof(UsersFile)}: '{UsersFile}' must be a path from the root.", [option])]
            : [];
}
