using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Machines.Ssh;

namespace Canary.Deployer.Inventory;

/// <summary>A host as the inventory describes it.</summary>
internal sealed record InventoryHost
{
    public const string AnyApplication = "*";

    public const string AnyRole = "*";

    public required string Name { get; init; }

    public required string Address { get; init; }

    public required Channel Channel { get; init; }

    public string Role { get; init; } = "app";

    public IReadOnlyList<string> Applications { get; init; } = [AnyApplication];

    public string Transport { get; init; } = "local";

    public SshAccess Ssh { get; init; } = new();

    /// <summary>Where it stands or what it is, for example <c>zone</c>: <c>a</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Values for health checks and maintainer scripts, for example <c>port</c>.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public bool Runs(string application, string roles) => RoleFor(application, roles) is not null;

    /// <summary>Whether it runs the application for some role.</summary>
    public bool MayRun(string application) =>
        Applications.Contains(application) || Applications.Contains(AnyApplication);

    /// <summary>That of an application's roles (<see cref="Roles"/>) for which it runs the application; <c>null</c>: it does not run
    /// it.</summary>
    public string? RoleFor(string application, string roles) =>
        MayRun(application) ? Roles.Of(roles).FirstOrDefault(role => role == Role || Role == AnyRole) : null;

    public SshTarget ToSshTarget() => new(Name, Address, Ssh);

    public FleetHost ToContract() =>
        new()
        {
            Name = Name,
            Address = Address,
            Channel = Channel,
            Role = Role,
            Applications = Applications,
            Transport = Transport,
            HostKeys = Ssh.HostKeys.Count > 0 ? Ssh.HostKeys : Ssh.EnrolledKeys,
            Tags = [.. Tags.Select(tag => $"{new HostTag(tag.Key, tag.Value)}").Order(StringComparer.Ordinal)],
        };
}
