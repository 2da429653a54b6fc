using Canary.Contracts.Deploying;
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

    /// <summary>Values for health checks and maintainer scripts, for example <c>port</c>.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public bool Runs(string application, string role) =>
        (Role == role || Role == AnyRole)
        && (Applications.Contains(application) || Applications.Contains(AnyApplication));

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
        };
}
