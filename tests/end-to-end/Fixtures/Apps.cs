using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>Small applications that follow the conventions.</summary>
internal static class Apps
{
    /// <summary>An application whose health check reads a file of the package: <c>well</c> or anything else.</summary>
    public static async Task<GitRepository> ShopAsync(string build = "exit 0")
    {
        var repository = await GitRepository.CreateAsync(name: "shop");
        return repository
            .WithConventionScripts(build: build)
            .WithScript("script/health", "test \"$(cat \"$(dirname \"$0\")/../health\")\" = well")
            .WithFile("health", "well\n")
            .WithFile(
                "canary.yml",
                """
                version: 1.0.0
                health:
                  command: [script/health]
                  grace: 2s
                """
            );
    }

    /// <summary>Commits a change that every stage has something to do for.</summary>
    public static async Task<string> CommitAsync(this GitRepository shop, string text, bool healthy = true) =>
        await shop.WithFile("text", text).WithFile("health", healthy ? "well\n" : "ill\n").CommitAsync(text);
}
