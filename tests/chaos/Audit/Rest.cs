using System.Data.Common;
using Canary.Chaos.Tests.Faults;
using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests.Audit;

/// <summary>Awaits that nothing is under way any more.</summary>
/// <param name="stores">What is stored.</param>
/// <param name="accepted">The pushes that were accepted, by their commit.</param>
/// <param name="queues">How many messages each queue of the broker has; <c>null</c>: there is no broker.</param>
internal sealed class Rest(
    Stores stores,
    IReadOnlyDictionary<string, AcceptedPush> accepted,
    Func<Task<IReadOnlyDictionary<string, int>>>? queues = null
)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often in a row nothing must be found: a message may be on its way between two places, and the broker counts
    /// anew every five seconds.</summary>
    private const int QuietLooks = 6;

    /// <summary>A hold is announced again and again, for over an hour, in case its announcement was lost.</summary>
    private const string Repeated = "AnnounceHold";

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
        catch (Exception exception) when (exception is ToolFailedException or HttpRequestException or DbException)
        {
            return [$"the servers do not answer: {exception.Message}"];
        }
    }

    private async Task<IEnumerable<string>> ReleasesAsync()
    {
        var rows = await stores.RowsAsync(
            $"""
            SELECT r."Application", r."Commit", r."State", s."CurrentState", s."Attempts", {stores.InOneLine(
                "s.\"WaitingFor\""
            )}
            FROM ingress."Releases" r LEFT JOIN ci_coordinator."Releases" s ON s."CorrelationId" = r."Id"
            """
        );
        var known = rows.Select(row => row[1]).ToHashSet();
        return rows.Where(row => !ReleaseStates.IsFinal(row[2]))
            .Select(row =>
                $"the release of {row[0]} {row[1][..7]} is {row[2]}, asked {row[4]} times in {row[3]} ({row[5]})"
            )
            .Concat(
                accepted
                    .Keys.Where(commit => !known.Contains(commit))
                    .Select(commit => $"the push of {accepted[commit].Application.Name} {commit[..7]} has no release")
            );
    }

    private async Task<IEnumerable<string>> StoredWorkAsync() => (
            await stores.RowsOfAllAsync(
                "Outbox",
                $$"""
                SELECT {1}, 'outbox row of ' || "MessageType", count(*) FROM {0}
                WHERE "MessageType" NOT LIKE '%.{{Repeated}},%' GROUP BY 2
                """
            )
        ).Concat(await stores.RowsOfAllAsync("Jobs", """SELECT {1}, 'job that is ' || "State", count(*) FROM {0} WHERE "State" IN ('Pending', 'Running') GROUP BY 2""")).Select(row => $"{row[0]} has {row[2]} {row[1]}");

    private async Task<IEnumerable<string>> MessagesAsync() =>
        (queues is null ? new Dictionary<string, int>() : await queues())
            .Where(queue => queue.Value > 0 && !IsAside(queue.Key))
            .Select(queue => $"the queue {queue.Key} has {queue.Value} messages");

    private static bool IsAside(string queue) =>
        queue.EndsWith("_error", StringComparison.Ordinal)
        || queue.StartsWith(RepeatedMessages.Prefix, StringComparison.Ordinal)
        || AnswerAudit.Owns(queue);
}
