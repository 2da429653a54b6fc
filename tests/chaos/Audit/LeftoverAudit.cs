namespace Canary.Chaos.Tests.Audit;

/// <summary>Nothing is left of what has ended: rows, leases, locks, messages, workspaces, half-written files, processes.</summary>
internal sealed class LeftoverAudit(DistributedInstallation installation, Stores stores)
{
    public async Task<IEnumerable<string>> FindAsync() =>
        [
            .. await LocksAsync(),
            .. await LeasesAsync(),
            .. await FailedMessagesAsync(),
            .. installation.Processes.SelectMany(Files).Distinct(),
            .. Orphans(),
        ];

    private async Task<IEnumerable<string>> LocksAsync() =>
        (await stores.RowsAsync("SELECT objid FROM pg_locks WHERE locktype = 'advisory'")).Select(row =>
            $"the advisory lock {row[0]} is still held"
        );

    private async Task<IEnumerable<string>> LeasesAsync() =>
        (
            await stores.RowsOfAllAsync(
                "Jobs",
                """SELECT {1}, "Id", "State" FROM {0} WHERE "State" IN ('Pending', 'Running')"""
            )
        ).Select(row => $"the job {row[1]} of {row[0]} is {row[2]}");

    private async Task<IEnumerable<string>> FailedMessagesAsync()
    {
        var counts = await installation.Rabbit.CountsAsync(installation.VirtualHost);
        var found = new List<string>();
        foreach (
            var (queue, count) in counts.Where(queue =>
                queue.Key.EndsWith("_error", StringComparison.Ordinal) && queue.Value > 0
            )
        )
        {
            var first = (await installation.Rabbit.TakeAsync(installation.VirtualHost, queue, atMost: 1))[0];
            var fault = first["properties"]?["headers"]?["MT-Fault-Message"];
            found.Add($"{count} messages are in {queue}, the first because of: {fault}");
        }

        return found;
    }

    private IEnumerable<string> Files(ServiceProcess process)
    {
        var data = installation.DataOf(process);
        // What was uploaded and never published, because a newer commit came, stays until its retention is over.
        string[] places = ["workspaces/checkouts", "workspaces/trash"];
        return places
            .Select(place => Path.Combine(data, place))
            .Where(Directory.Exists)
            .SelectMany(Directory.GetFileSystemEntries)
            .Concat(Directory.GetFiles(data, "*.part", SearchOption.AllDirectories))
            .Select(path => $"{path} is left");
    }

    /// <summary>Processes that services have started and that have outlived their work.</summary>
    private IEnumerable<string> Orphans() =>
        Directory
            .GetDirectories("/proc")
            .Where(process => Path.GetFileName(process).All(char.IsAsciiDigit))
            .Where(process => Read(process, "environ").Split('\0').Any(IsMarker))
            .Select(process =>
                $"the process {Path.GetFileName(process)} is left: {Read(process, "cmdline").Replace('\0', ' ')}"
            );

    private bool IsMarker(string variable) =>
        variable.StartsWith("CANARY_PROCESS_", StringComparison.Ordinal)
        && installation.Processes.Any(process =>
            variable.Contains("=" + installation.DataOf(process), StringComparison.Ordinal)
        );

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
