namespace Canary.Ingress.Repositories.Registrations;

/// <summary>A repository at GitHub that somebody added beside the configuration.</summary>
internal sealed class RegistrationRow
{
    /// <summary>The repository's id at GitHub.</summary>
    public required long GithubId { get; init; }

    /// <summary><c>OWNER/NAME</c> as it was when it was added last.</summary>
    public required string Name { get; set; }

    /// <summary><see cref="Name"/> in lower case.</summary>
    public required string Key { get; set; }

    public required string Application { get; set; }

    public RegistrationState State { get; set; }

    /// <summary>Its webhook; <c>null</c>: nobody knows whether there is one.</summary>
    public long? HookId { get; set; }

    /// <summary>The files with what its webhook may sign with. More than one: nobody knows which it has.</summary>
    public IReadOnlyList<string> Secrets { get; set; } = [];

    public required DateTimeOffset AddedAt { get; set; }

    public required string AddedBy { get; set; }

    /// <summary>Counts the changes.</summary>
    public int Revision { get; set; }
}

/// <summary>How far it is.</summary>
internal enum RegistrationState
{
    /// <summary>Nobody knows whether GitHub has made its webhook. What is signed with its secret is believed.</summary>
    Adding,

    /// <summary>Its webhook is made.</summary>
    Added,

    /// <summary>It is not released any more; its webhook may still be there.</summary>
    Removing,
}
