using System.Globalization;

namespace Canary.Cli.Terminal;

/// <summary>Times and states as people read them.</summary>
internal static class Words
{
    public static string Duration(TimeSpan duration) =>
        duration switch
        {
            { TotalMilliseconds: < 1 } => "0 ms",
            { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
            { TotalMinutes: < 60 } => $"{(int)duration.TotalMinutes} min {duration.Seconds} s",
            { TotalHours: < 48 } => $"{(int)duration.TotalHours} h {duration.Minutes} min",
            _ => $"{(int)duration.TotalDays} days",
        };

    public static string Size(long bytes) =>
        bytes switch
        {
            < 1 << 10 => $"{bytes} B",
            < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
            < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GiB"),
        };

    public static string Ago(DateTimeOffset? then, TimeProvider time)
    {
        if (then is null)
        {
            return "";
        }
        var past = time.GetUtcNow() - then.Value;
        return past < TimeSpan.FromSeconds(1) ? "now" : Coarse(past) + " ago";
    }

    public static string? ColorOfState(string state) =>
        state.ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal) switch
        {
            "succeeded" or "completed" or "builtonly" or "ok" or "healthy" => "green",
            "failed" or "rolledback" or "rollingback" or "unhealthy" => "red",
            "running" or "building" or "packaging" or "publishing" or "rollingout" or "preflight" => "aqua",
            "deployingcanary" or "soaking" or "deployingwave" => "aqua",
            "waiting" or "awaitingpromotion" or "queued" or "warning" or "degraded" => "yellow",
            "skipped" or "superseded" or "pending" => "grey",
            _ => null,
        };

    /// <summary>A line of someone else's text without what could steer the terminal.</summary>
    public static string Printable(string line) =>
        string.Concat(line.Where(letter => letter == '\t' || !char.IsControl(letter)));

    private static string Coarse(TimeSpan past) =>
        past switch
        {
            { TotalSeconds: < 60 } => $"{(int)past.TotalSeconds} s",
            { TotalMinutes: < 60 } => $"{(int)past.TotalMinutes} min",
            { TotalHours: < 48 } => $"{(int)past.TotalHours} h",
            _ => $"{(int)past.TotalDays} days",
        };
}
