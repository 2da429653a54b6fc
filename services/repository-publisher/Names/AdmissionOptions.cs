using System.ComponentModel.DataAnnotations;
using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher.Names;

/// <summary>What the repository takes in that it would refuse otherwise.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Owners of package names, application by name: what it says here wins over who published first, so this is how
    /// a name is handed over. Default: none, a name belongs to the application that first published it.</summary>
    public Dictionary<string, string> Owners { get; set; } = [];

    internal IEnumerable<ValidationResult> Faults(string option) =>
        Owners
            .SelectMany(owner => new[] { owner.Key, owner.Value })
            .Where(name => !PackageName.IsValid(name))
            .Select(name => new ValidationResult($"'{name}' is not a package name that Debian allows.", [option]));
}
