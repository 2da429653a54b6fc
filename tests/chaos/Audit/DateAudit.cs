namespace Canary.Chaos.Tests.Audit;

/// <summary>No service has dated anything by the clock of its own process, which was ahead for most of the run.</summary>
internal sealed class DateAudit(Stores stores)
{
    public async Task<IEnumerable<string>> FindAsync() =>
        (
            await stores.RowsOfAllAsync(
                "Inbox",
                """SELECT {1}, count(*) FROM {0} WHERE "ConsumedAt" > now() + interval '1 minute' HAVING count(*) > 0"""
            )
        ).Select(row => $"{row[0]} has consumed {row[1]} messages in the future");
}
