using System.Text.Json.Nodes;

namespace Canary.Chaos.Tests.Audit;

/// <summary>
/// G3: a command that comes twice is worked off once, so the questions are answered at most as often as they were asked. Each
/// message counts once, by its id: a repeat of the transport is neither a question nor an answer.
/// </summary>
internal sealed class AnswerAudit(DistributedInstallation installation)
{
    private const string Commands = "audit-of-commands";
    private const string Events = "canary.events";
    private const string Answers = "audit-of-answers";
    private const int Portion = 500;

    private static readonly string[] AsksAbout = ["releaseId", "requestId", "rolloutId", "step", "host"];

    private static readonly string[] CommandQueues =
    [
        "deployer-update-host",
        "repository-publisher-advertise-version",
        "repository-publisher-publish-package",
        "repository-publisher-withdraw-version",
    ];

    private static readonly string[] AnswerEvents =
    [
        "advertising-failed",
        "host-update-failed",
        "host-updated",
        "package-published",
        "publishing-failed",
        "version-advertised",
        "version-withdrawn",
    ];

    /// <summary>Whether a queue is one of the audit's own.</summary>
    public static bool Owns(string queue) => queue is Commands or Answers;

    /// <summary>Begins to keep copies of all commands and answers.</summary>
    public static async Task WatchAsync(DistributedInstallation installation)
    {
        foreach (var queue in CommandQueues)
        {
            await installation.Rabbit.SpyOnAsync(installation.VirtualHost, queue, Commands);
        }

        await installation.Rabbit.MakeTopicAsync(installation.VirtualHost, Events);
        foreach (var name in AnswerEvents)
        {
            await installation.Rabbit.BindAsync(installation.VirtualHost, Events, $"#.{name}", Answers);
        }
    }

    public async Task<IEnumerable<string>> FindAsync()
    {
        var asked = Count(await TakeAllAsync(Commands), id: "messageId", body: "message");
        var answered = Count(await TakeAllAsync(Answers), id: "id", body: "data");
        return asked.Count == 0
            ? ["no command was seen"]
            : answered
                .Where(answer => answer.Value > asked.GetValueOrDefault(answer.Key))
                .Select(answer =>
                    $"{answer.Key} was asked for {asked.GetValueOrDefault(answer.Key)} times and answered {answer.Value} times"
                );
    }

    private static Dictionary<string, int> Count(IEnumerable<JsonNode> messages, string id, string body) =>
        messages.DistinctBy(message => (string)message[id]!).CountBy(message => About(message[body]!)).ToDictionary();

    private static string About(JsonNode message)
    {
        // One of a suite names its rollout, too; its request is enough.
        var names = message["requestId"] is null ? AsksAbout : ["requestId"];
        return string.Join(
            ' ',
            names.Where(name => message[name] is not null).Select(name => $"{name} {message[name]}")
        );
    }

    private async Task<IReadOnlyList<JsonNode>> TakeAllAsync(string queue)
    {
        var all = new List<JsonNode>();
        while (await installation.Rabbit.TakeAsync(installation.VirtualHost, queue, Portion) is { Count: > 0 } portion)
        {
            all.AddRange(portion.Select(message => JsonNode.Parse((string)message["payload"]!)!));
        }

        return all;
    }
}
