namespace Canary.Deployer.Rollouts;

/// <summary>The part of a release's id that people type.</summary>
internal static class ShortId
{
    public static string Of(Guid id) => id.ToString("N")[..8];
}
