namespace Canary.Processes.Sandboxes;

/// <summary>What <c>canary-sandbox</c> says of a run, beside the program's own output and exit code.</summary>
internal sealed record SandboxReport(string What, string Detail)
{
    /// <summary>It ran the program.</summary>
    internal const string Ran = "started";

    /// <summary>It ended the program, since all of it together took more memory than it may.</summary>
    internal const string Memory = "memory";

    /// <summary>It ended the program, since all of it together wrote more than it may.</summary>
    internal const string Disk = "disk";

    /// <summary>It did not start the program, since there is no network for it.</summary>
    internal const string NoNetwork = "no-network";

    private const string Unavailable = "unavailable";

    internal static SandboxReport Started { get; } = new(Ran, "");

    internal static SandboxReport Read(string path, ProcessResult result)
    {
        var line = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        return line.Split(' ', 2) switch
        {
            [Ran] => Started,
            [Memory or Disk or NoNetwork or Unavailable, var detail] and [var what, _] => new SandboxReport(
                what,
                detail
            ),
            // It did not come as far as a report.
            _ => new SandboxReport(Unavailable, result.OutputTail.Trim()),
        };
    }
}
