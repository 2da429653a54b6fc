using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>Payloads that GitHub really sent, from the npm package <c>@octokit/webhooks-examples</c>; fetched once into
/// <c>artifacts/</c>.</summary>
internal static class OctokitExamples
{
    private const string Package = "@octokit/webhooks-examples@7.6.1";

    private static readonly Lazy<Task<IReadOnlyList<(string Event, JsonNode Payload)>>> All = new(LoadAsync);

    /// <summary>Every example of an event, of GitHub itself and of each GitHub Enterprise version.</summary>
    public static async Task<IReadOnlyList<JsonNode>> OfAsync(string @event) =>
        [.. (await All.Value).Where(x => x.Event == @event).Select(x => x.Payload)];

    private static async Task<IReadOnlyList<(string Event, JsonNode Payload)>> LoadAsync()
    {
        var folder = await FetchAsync();
        var examples = new List<(string, JsonNode)>();
        foreach (var file in Directory.EnumerateFiles(folder, "index.json", SearchOption.AllDirectories).Order())
        {
            var events = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsArray();
            examples.AddRange(
                from entry in events
                from payload in entry!["examples"]!.AsArray()
                select ((string)entry["name"]!, payload)
            );
        }

        return examples;
    }

    private static async Task<string> FetchAsync()
    {
        var folder = SourceTree.PathOf("artifacts", "test-data", "webhooks-examples-7.6.1");
        if (Directory.Exists(folder))
        {
            return folder;
        }

        var parent = Directory.CreateDirectory(Path.GetDirectoryName(folder)!).FullName;
        using var work = new TempDirectory();
        var archive = await ProcessRunner.OutputOfAsync("npm", ["pack", "--silent", Package], work.Path);
        var unpacked = Path.Combine(parent, $".{Guid.NewGuid():N}");
        Directory.CreateDirectory(unpacked);
        await ProcessRunner.OutputOfAsync(
            "tar",
            ["-xzf", work.Combine(archive.Trim().Split('\n')[^1]), "-C", unpacked, "--strip-components=1"]
        );
        try
        {
            Directory.Move(unpacked, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(unpacked, recursive: true);
        }

        return folder;
    }
}
