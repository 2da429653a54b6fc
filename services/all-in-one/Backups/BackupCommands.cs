using System.CommandLine;
using Canary.Hosting;

namespace Canary.AllInOne.Backups;

/// <summary><c>canary-server backup FILE</c> and <c>canary-server restore FILE</c>.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup(Func<ParseResult, CanaryHostBuilder> host, Option<FileInfo?> config)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "File to write, which must not be there yet." };
        var command = new Command(
            "backup",
            "Write all that the server keeps to one file, whether it runs or not: databases, keys, secrets, packages, configuration."
        )
        {
            file,
        };
        command.SetAction(
            (parsed, cancellation) =>
                ExplainAsync(
                    parsed.GetValue(config),
                    () =>
                        Backup.WriteAsync(
                            host(parsed),
                            parsed.GetValue(config)?.FullName,
                            parsed.GetRequiredValue(file).FullName,
                            cancellation
                        )
                )
        );
        return command;
    }

    public static Command CreateRestore(Func<ParseResult, CanaryHostBuilder> host, Option<FileInfo?> config)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "What `canary-server backup` has written." };
        var command = new Command(
            "restore",
            "Bring the data directory to what a backup holds. The server must not run; what is there is kept beside it."
        )
        {
            file,
        };
        command.SetAction(
            (parsed, cancellation) =>
                ExplainAsync(
                    parsed.GetValue(config),
                    () =>
                        Restoration.RunAsync(
                            host(parsed).DataPath,
                            parsed.GetValue(config)?.FullName,
                            parsed.GetRequiredValue(file).FullName,
                            cancellation
                        )
                )
        );
        return command;
    }

    private static Task<int> ExplainAsync(FileInfo? config, Func<Task> run) =>
        StartFaults.ExplainAsync("canary-server", config?.FullName, run);
}
