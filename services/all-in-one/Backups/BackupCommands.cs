using System.CommandLine;
using Canary.Failures;
using Canary.Hosting;

namespace Canary.AllInOne.Backups;

/// <summary><c>canary-server backup FILE</c> and <c>canary-server restore FILE</c>.</summary>
/// <param name="host">What the options say, with a configuration file or without.</param>
/// <param name="config">The option that names the configuration file.</param>
internal sealed class BackupCommands(Func<ParseResult, FileInfo?, CanaryHostBuilder> host, Option<FileInfo?> config)
{
    private const string Pipe = "-";

    public Command CreateBackup()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "File to write, which must not be there yet; - for standard output.",
        };
        var command = new Command(
            "backup",
            "Write all that the server keeps to one file, whether it runs or not: databases, keys, secrets, packages, configuration."
        )
        {
            file,
        };
        command.SetAction(
            (parsed, cancellation) =>
                ExplainAsync(parsed, () => BackUpAsync(parsed, parsed.GetRequiredValue(file), cancellation))
        );
        return command;
    }

    public Command CreateRestore()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "What `canary-server backup` has written; - for standard input.",
        };
        var command = new Command(
            "restore",
            "Bring the data directory to what a backup holds. The server must not run; what is there is kept beside it."
        )
        {
            file,
        };
        command.SetAction(
            (parsed, cancellation) =>
                ExplainAsync(parsed, () => RestoreAsync(parsed, parsed.GetRequiredValue(file), cancellation))
        );
        return command;
    }

    private async Task<int> BackUpAsync(ParseResult parsed, string file, CancellationToken cancellation)
    {
        var source = host(parsed, parsed.GetValue(config));
        var backup = new Backup(source, ConfigurationOf(parsed));
        backup.RefuseWhatItWouldNotHold();
        if (file == Pipe)
        {
            await using var output = Console.OpenStandardOutput();
            await backup.WriteAsync(output, cancellation);
            return 0;
        }

        return await BackupFile.WriteAsync(
            file,
            async output =>
            {
                if (await OwnerProcess.OfAsync(source.DataPath, cancellation) is { } owner)
                {
                    return await owner.BackUpAsync(OptionsOf(parsed, source), output, cancellation);
                }

                await backup.WriteAsync(output, cancellation);
                return 0;
            },
            cancellation
        );
    }

    private async Task<int> RestoreAsync(ParseResult parsed, string file, CancellationToken cancellation)
    {
        // On a new machine there may be no configuration file yet.
        var configuration = parsed.GetValue(config) is { Exists: true } there ? there : null;
        var target = host(parsed, configuration);
        await using var backup = file == Pipe ? Console.OpenStandardInput() : Open(file);
        if (file != Pipe && await OwnerProcess.OfAsync(target.DataPath, cancellation) is { } owner)
        {
            return await owner.RestoreAsync(OptionsOf(parsed, target), backup, cancellation);
        }

        await Restoration.RunAsync(
            target.DataPath,
            ConfigurationOf(parsed),
            file == Pipe ? "the backup" : file,
            backup,
            cancellation
        );
        return 0;
    }

    private static FileStream Open(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                AllInOneCodes.BackupForeign,
                $"The backup cannot be read: {exception.Message}",
                "Name a file that `canary-server backup` has written."
            );
        }
    }

    private string? ConfigurationOf(ParseResult parsed) =>
        parsed.GetValue(config)?.FullName ?? CanaryHost.ConfigurationFile;

    private string[] OptionsOf(ParseResult parsed, CanaryHostBuilder built) =>
        ["--data", built.DataPath, .. parsed.GetValue(config) is { } file ? (string[])["--config", file.FullName] : []];

    private async Task<int> ExplainAsync(ParseResult parsed, Func<Task<int>> run)
    {
        var code = 0;
        var fault = await StartFaults.ExplainAsync(
            "canary-server",
            parsed.GetValue(config)?.FullName,
            async () => code = await run()
        );
        return fault != 0 ? fault : code;
    }
}
