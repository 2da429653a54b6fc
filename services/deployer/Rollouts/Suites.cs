using Canary.Contracts.Deploying;

namespace Canary.Deployer.Rollouts;

/// <summary>Names of the signed suites that hosts follow.</summary>
internal static class Suites
{
    public static string Of(Channel channel) => channel == Channel.Canary ? "canary" : "production";
}
