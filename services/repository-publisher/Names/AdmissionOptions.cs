using System.ComponentModel.DataAnnotations;
using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher.Names;

/// <summary>What the repository takes in that it would refuse otherwise.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Owners of package names, application by name: what it says here wins over who published first, so this is how
    /// a name is handed over. Default: none, a name belongs to the application that first published it.</summary>
    public Dictionary<string, string> Owners { get; set; } = [];

    /// <summary>Names of Debian's own packages that may be published all the same. Default: none.</summary>
    public IList<string> ReservedNames { get; set; } = [];

    /// <summary>Names that any package may provide, replace, conflict with or break. Default: none, an application may do so
    /// with names that it has published itself.</summary>
    public IList<string> Relations { get; set; } = [];

    /// <summary>Packages whose versions may have an epoch. Default: none.</summary>
    public IList<string> Epochs { get; set; } = [];

    /// <summary>Packages that may hold setuid and setgid files. Default: none.</summary>
    public IList<string> SetUserId { get; set; } = [];

    /// <summary>Control fields that packages may have besides those that the repository knows, for example <c>Ruby-Versions</c>.
    /// Never those that the index itself states, <c>Essential</c>, <c>Important</c> or <c>Protected</c>. Default:
    /// none.</summary>
    public IList<string> Fields { get; set; } = [];

    internal IEnumerable<ValidationResult> Faults(string option) =>
        [
            .. Owners
                .SelectMany(owner => new[] { owner.Key, owner.Value })
                .Concat([.. ReservedNames, .. Relations, .. Epochs, .. SetUserId])
                .Where(name => !PackageName.IsValid(name))
                .Select(name => new ValidationResult($"'{name}' is not a package name that Debian allows.", [option])),
            .. Fields
                .Where(field => !ControlRules.CanBeAllowed(field))
                .Select(field => new ValidationResult($"The field '{field}' cannot be allowed.", [option])),
        ];
}
