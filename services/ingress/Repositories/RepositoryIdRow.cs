namespace Canary.Ingress.Repositories;

/// <summary>A repository of GitHub by its id there, which stays when it is renamed or transferred.</summary>
internal sealed class RepositoryIdRow
{
    public required long Id { get; init; }

    /// <summary>The entry of <c>ingress.repositories</c> whose secrets vouch for it; empty: the general ones do. Nothing that one vouches
    /// for counts for another.</summary>
    public required string Scope { get; init; }

    /// <summary>The name by which the configuration knows it.</summary>
    public required string Name { get; set; }

    /// <summary><see cref="Name"/> in lower case: within a scope, one repository has it.</summary>
    public required string Key { get; set; }

    /// <summary>What it was called last.</summary>
    public required string CurrentName { get; set; }
}
