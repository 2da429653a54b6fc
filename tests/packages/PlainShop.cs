namespace Canary.Packages.Tests;

/// <summary>An application without a service, which hosts of a server before would still run, and without a soak.</summary>
internal static class PlainShop
{
    public static async Task<GitRepository> CreateAsync()
    {
        var shop = await GitRepository.CreateAsync(name: "shop");
        await shop.WithFile("canary.yml", "rollout: {soak: 0s, wave-soak: 0s}\n").WithConventionScripts().CommitAsync();
        return shop;
    }
}
