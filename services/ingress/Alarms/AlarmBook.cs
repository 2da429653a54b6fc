using Canary.Durability.Messaging;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Keeps what sources say of alarms, and passes on what is new, in one transaction.</summary>
internal sealed class AlarmBook(
    IngressStore store,
    AlarmRules rules,
    AlarmDrills drills,
    IOutbox<IngressStore> outbox,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    /// <summary>Records what a source has sent.</summary>
    /// <returns>How many alarms have changed.</returns>
    public async Task<int> RecordAsync(
        string source,
        IReadOnlyList<ReceivedAlarm> alarms,
        CancellationToken cancellationToken
    )
    {
        var changed = 0;
        foreach (var alarm in alarms)
        {
            if (await rules.SubjectOfAsync(alarm, cancellationToken) is not { } subject)
            {
                continue;
            }

            if (AlarmDrills.IdIn(alarm) is { } drill)
            {
                await drills.ArrivedAsync(drill, source, subject, cancellationToken);
            }
            else if (await ApplyAsync(source, alarm, subject, cancellationToken))
            {
                changed++;
            }
        }

        await store.SaveChangesAsync(cancellationToken);
        return changed;
    }

    /// <summary>Records everything that a source says when it is asked: what it does not name any more has stopped.</summary>
    public async Task RecordAllAsync(
        string source,
        IReadOnlyList<ReceivedAlarm> firing,
        CancellationToken cancellationToken
    )
    {
        var named = firing.Select(alarm => AlarmRow.IdOf(source, alarm.Key)).ToHashSet();
        var rows = await store.Alarms.Where(row => row.Source == source && row.IsFiring).ToListAsync(cancellationToken);
        foreach (var row in rows.Where(row => !named.Contains(row.Id)))
        {
            row.IsFiring = false;
            row.ChangedAt = time.GetUtcNow();
            row.Revision++;
            Report(row);
        }

        await RecordAsync(source, firing, cancellationToken);
    }

    private async Task<bool> ApplyAsync(
        string source,
        ReceivedAlarm alarm,
        AlarmSubject subject,
        CancellationToken cancellationToken
    )
    {
        var id = AlarmRow.IdOf(source, alarm.Key);
        var row = await store.Alarms.FindAsync([id], cancellationToken);
        if (row is null)
        {
            if (!alarm.IsFiring)
            {
                return false;
            }

            row = new AlarmRow { Id = id, Source = source };
            store.Alarms.Add(row);
        }

        var summary = PlainText.Line(alarm.Summary, AlarmRow.LongestSummary) ?? "it fires";
        if (!row.Apply(alarm, subject, summary, time.GetUtcNow()))
        {
            return false;
        }

        Report(row);
        return true;
    }

    private void Report(AlarmRow row)
    {
        row.Reports = 1;
        row.ReportAt = null;
        if (row.Application is not null)
        {
            row.ReportAt = time.GetUtcNow() + options.CurrentValue.RepublishAfter;
            outbox.Send(row.ToReport());
        }
    }
}
