using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Canary.Contracts.Alarms;
using Canary.Durability.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>A test alarm: one that is sent through the real path to see that it arrives.</summary>
internal sealed class AlarmDrill
{
    /// <summary>Stands in the alarm, wherever its source lets it.</summary>
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Application { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public DateTimeOffset? ArrivedAt { get; set; }

    /// <summary>The application that rules and labels made of it.</summary>
    public string? Found { get; set; }

    /// <summary>When the deployer is told again; <c>null</c>: it knows, or there is nothing to tell.</summary>
    public DateTimeOffset? ReportAt { get; set; }

    /// <summary>How often it was told.</summary>
    public int Reports { get; set; }

    /// <summary>Whether it arrived, and is about the application.</summary>
    public bool HasPassed => ArrivedAt is not null && Found == Application;

    public ReportAlarmTest ToReport() =>
        new()
        {
            TestId = Id,
            Application = Application,
            Source = Source,
        };
}

/// <summary>Recognizes test alarms. They act on nothing.</summary>
internal sealed partial class AlarmDrills(
    IngressStore store,
    IOutbox<IngressStore> outbox,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    /// <summary>The test that an alarm belongs to, by the word in its key, its text or any label.</summary>
    public static string? IdIn(ReceivedAlarm alarm) =>
        alarm
            .Labels.Values.Append(alarm.Key)
            .Append(alarm.Summary)
            .Select(text => Word().Match(text))
            .FirstOrDefault(match => match.Success)
            ?.Value;

    /// <summary>Begins a test; it counts once the store is saved.</summary>
    public AlarmDrill Begin(string source, string application)
    {
        var drill = new AlarmDrill
        {
            Id = $"canary-test-{RandomNumberGenerator.GetHexString(12, lowercase: true)}",
            Source = source,
            Application = application,
            SentAt = time.GetUtcNow(),
        };
        store.AlarmDrills.Add(drill);
        return drill;
    }

    public async Task ArrivedAsync(string id, string source, AlarmSubject subject, CancellationToken cancellationToken)
    {
        if (
            await store.AlarmDrills.FirstOrDefaultAsync(
                drill => drill.Id == id && drill.Source == source,
                cancellationToken
            ) is
            { ArrivedAt: null } drill
        )
        {
            drill.ArrivedAt = time.GetUtcNow();
            drill.Found = subject.Application;
            if (drill.HasPassed)
            {
                drill.Reports = 1;
                drill.ReportAt = time.GetUtcNow() + options.CurrentValue.RepublishAfter;
                outbox.Send(drill.ToReport());
            }
        }
    }

    [GeneratedRegex("canary-test-[0-9a-f]{12}")]
    private static partial Regex Word();
}
