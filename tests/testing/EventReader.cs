using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Canary.Testing;

/// <summary>
/// The consumer that <c>docs/events.md</c> shows, a program that is not .NET: it binds a queue to the exchange of the events and
/// reads them.
/// </summary>
public sealed partial class EventReader : IDisposable
{
    /// <summary>The exchange that it reads from.</summary>
    public const string Exchange = "canary.events";

    private readonly ServerProcess _process;

    private EventReader(ServerProcess process) => _process = process;

    /// <summary>What it has read, in the order of arrival.</summary>
    public IReadOnlyList<ReadEvent> Events =>
        [.. Line().Matches(_process.Log).Select(line => new ReadEvent(line.Groups[1].Value, line.Groups[2].Value))];

    /// <summary>All that it printed.</summary>
    public string Log => _process.Log;

    /// <summary>Starts it, and awaits that its queue is bound.</summary>
    public static async Task<EventReader> StartAsync(
        RabbitMqServer rabbit,
        string virtualHost,
        params string[] patterns
    )
    {
        ArgumentNullException.ThrowIfNull(rabbit);

        await InstalledPackages.RequireAsync("python3-pika");
        var page = await File.ReadAllTextAsync(SourceTree.PathOf("docs", "events.md"));
        var program = Program().Match(page).Groups[1].Value;
        // Debian's own interpreter: another one, first in the path, would not have Debian's packages.
        var process = ServerProcess.Start(
            "/usr/bin/python3",
            ["-c", program, rabbit.AddressOf(virtualHost).AbsoluteUri, .. patterns]
        );
        var reader = new EventReader(process);
        try
        {
            await process.AnswersAsync(async () =>
            {
                var bindings = await rabbit.AskAsync($"exchanges/{virtualHost}/{Exchange}/bindings/source");
                if (bindings.AsArray().Count < patterns.Length)
                {
                    throw new InvalidOperationException("It is not bound yet.");
                }
            });
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public void Dispose() => _process.Dispose();

    [GeneratedRegex("^```python\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Program();

    [GeneratedRegex(@"^(\S+) (\{.*\})$", RegexOptions.Multiline)]
    private static partial Regex Line();
}

/// <summary>An event that was read.</summary>
/// <param name="Key">Its routing key.</param>
/// <param name="Text">The CloudEvent, in one line.</param>
public sealed record ReadEvent(string Key, string Text)
{
    /// <summary>The CloudEvent.</summary>
    public JsonNode Json { get; } = JsonNode.Parse(Text)!;

    /// <summary>An attribute of the CloudEvent; <c>null</c>: it has none.</summary>
    public string? this[string attribute] => (string?)Json[attribute];
}
