using System.Security.Cryptography;

namespace Canary.Testing;

/// <summary>Checks AsyncAPI documents with the parser of the AsyncAPI project, as its lock file has it.</summary>
public static class AsyncApi
{
    private static readonly Lazy<Task<string>> Place = new(FetchAsync);

    /// <summary>What is wrong with a document, with the examples in it, and with events that it describes.</summary>
    /// <param name="document">Path of the document.</param>
    /// <param name="events">Each a JSON document in one line.</param>
    public static async Task<string> FaultsOfAsync(string document, params IEnumerable<string> events) =>
        await ProcessRunner.OutputOfAsync(
            "node",
            [PathOf("validate.js"), await Place.Value, document],
            input: string.Join('\n', events)
        );

    private static string PathOf(string file) => Path.Combine(SourceTree.FolderOf(), "asyncapi", file);

    private static async Task<string> FetchAsync()
    {
        await InstalledPackages.RequireAsync("nodejs", "npm");
        var version = Convert.ToHexStringLower(
            SHA256.HashData(await File.ReadAllBytesAsync(PathOf("package-lock.json")))
        );
        var folder = SourceTree.PathOf("artifacts", "test-data", $"asyncapi-{version[..12]}");
        if (Directory.Exists(folder))
        {
            return folder;
        }

        // Fetched beside and then moved into place: a fetch that fails leaves nothing half done.
        var beside = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}").FullName;
        try
        {
            foreach (var file in (string[])["package.json", "package-lock.json"])
            {
                File.Copy(PathOf(file), Path.Combine(beside, file));
            }

            string[] options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
            await ProcessRunner.OutputOfAsync("npm", ["ci", .. options, "--prefix", beside]);
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
