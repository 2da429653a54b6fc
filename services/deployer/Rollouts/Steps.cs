using System.Globalization;

namespace Canary.Deployer.Rollouts;

/// <summary>Names of the stages of a rollout; those that update hosts are also its steps.</summary>
internal static class Steps
{
    public const string Preflight = "preflight";
    public const string PreDeploy = "pre-deploy";
    public const string Canary = "canary";
    public const string Soak = "soak";
    public const string Promotion = "promotion";
    public const string Rollback = "rollback";

    public static string Wave(int number) => string.Create(CultureInfo.InvariantCulture, $"wave-{number}");
}
