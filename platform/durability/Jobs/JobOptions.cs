using System.ComponentModel.DataAnnotations;

namespace Canary.Durability.Jobs;

/// <summary>How leased jobs are worked off. Section <c>MODULE:jobs</c>.</summary>
public sealed class JobOptions
{
    /// <summary>Jobs at work at once in one process, 1 to 1000. Default: half of the processors, at least 1.</summary>
    [Range(1, 1000)]
    public int Concurrency { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How long a worker that gives no sign of life keeps a job, 1 second to 1 hour. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a job is tried that ends in an unexpected error, or whose process ends in the middle of it without handing it
    /// back, 1 to 10. Default: 3.</summary>
    [Range(1, 10)]
    public int Attempts { get; set; } = 3;

    /// <summary>Pause after an unexpected error, doubled each time, up to 10 minutes. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a job that has ended is remembered with its outcome, 1 to 3650 days. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);
}
