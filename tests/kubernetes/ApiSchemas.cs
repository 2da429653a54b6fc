using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Kubernetes.Tests;

/// <summary>The schemas of the Kubernetes API: what is required, and of which type and format.</summary>
internal static class ApiSchemas
{
    private const string Package = "kubernetes-models@4.5.1";

    private static readonly Lazy<Task<string>> Place = new(FetchAsync);

    /// <summary>What is wrong with objects.</summary>
    public static async Task<string> FaultsOfAsync(IEnumerable<JsonObject> documents) =>
        await ProcessRunner.OutputOfAsync(
            "node",
            [Path.Combine(SourceTree.FolderOf(), "validate.js"), await Place.Value],
            input: string.Join('\n', documents.Select(document => document.ToJsonString()))
        );

    private static async Task<string> FetchAsync()
    {
        var folder = SourceTree.PathOf("artifacts", "test-data", Package.Replace('@', '-'));
        if (Directory.Exists(folder))
        {
            return folder;
        }

        // Fetched beside and then moved into place: a fetch that fails leaves nothing half done.
        var beside = $"{folder}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(beside);
        try
        {
            string[] options = ["--silent", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
            await ProcessRunner.OutputOfAsync("npm", ["install", .. options, "--prefix", beside, Package]);
            Directory.Move(beside, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another run was first.
        }
        finally
        {
            if (Directory.Exists(beside))
            {
                Directory.Delete(beside, recursive: true);
            }
        }

        return folder;
    }
}
