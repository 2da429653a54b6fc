using Canary.Chaos.Tests.Faults;
using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests.Audit;

/// <summary>Awaits that nothing is under way any more.</summary>
internal sealed class Rest(DistributedInstallation installation, IReadOnlyDictionary<string, AcceptedPush> accepted)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often in a row nothing must be found: a message may be on its way between two places, and the broker counts
    /// anew every five seconds.</summary>
    private const int QuietLooks = 6;

    /// <returns>What is still under way after that time; nothing, if the pipeline came to rest.</returns>
    public async Task<IReadOnlyList<string>> AwaitAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var quiet = 0; ; )
        {
            var unrest = await LookAsync();
            quiet = unrest.Count == 0 ? quiet + 1 : 0;
            if (quiet == QuietLooks)
            {
                return [];
            }

            if (TimeProvider.System.GetElapsedTime(start) > patience)
            {
                return unrest;
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
        }
    }

    private async Task<IReadOnlyList<string>> LookAsync()
    {
        try
        {
            return [.. await ReleasesAsync(), .. await StoredWorkAsync(), .. await MessagesAsync()];
        }
        catch (Exception exception) when (exception is ToolFailedException or HttpRequestException)
        {
            return [$"the servers do not answer: {exception.Message}"];
        }
    }

    private async Task<IEnumerable<string>> ReleasesAsync()
    {
        var rows = await installation.RowsAsync("""SELECT "Application", "Commit", "State" FROM ingress."Releases" """);
        var known = rows.Select(row => row[1]).ToHashSet();
        return rows.Where(row => !ReleaseStates.IsFinal(row[2]))
            .Select(row => $"the release of {row[0]} {row[1][..7]} is {row[2]}")
            .Concat(
                accepted
                    .Keys.Where(commit => !known.Contains(commit))
                    .Select(commit => $"the push of {accepted[commit].Application.Name} {commit[..7]} has no release")
            );
    }

    private async Task<IEnumerable<string>> StoredWorkAsync() =>
        (
            await installation.RowsOfAllAsync(
                "Outbox",
                """SELECT {1}, 'outbox row of ' || split_part("MessageType", ',', 1), count(*) FROM {0} GROUP BY 2"""
            )
        )
            .Concat(
                await installation.RowsOfAllAsync(
                    "Jobs",
                    """SELECT {1}, 'job that is ' || "State", count(*) FROM {0} WHERE "State" IN ('Pending', 'Running') GROUP BY 2"""
                )
            )
            .Select(row => $"{row[0]} has {row[2]} {row[1]}");

    private async Task<IEnumerable<string>> MessagesAsync() =>
        (await installation.Rabbit.CountsAsync(installation.VirtualHost))
            .Where(queue => queue.Value > 0 && !IsAside(queue.Key))
            .Select(queue => $"the queue {queue.Key} has {queue.Value} messages");

    private static bool IsAside(string queue) =>
        queue.EndsWith("_error", StringComparison.Ordinal)
        || queue.StartsWith(RepeatedMessages.Prefix, StringComparison.Ordinal)
        || AnswerAudit.Owns(queue);
}
