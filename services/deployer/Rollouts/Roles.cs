namespace Canary.Deployer.Rollouts;

/// <summary>The roles of the hosts that run an application, which get a version together and lose it together: one word
/// (<c>app</c>), or several with commas between (<c>web,worker</c>).</summary>
internal static class Roles
{
    public const string Default = "app";

    public static IReadOnlyList<string> Of(string roles) =>
        roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
