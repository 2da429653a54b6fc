using System.Globalization;
using Canary.Failures;

namespace Canary.AllInOne.Backups;

/// <summary>The file of a backup, which is there when it is whole, and readable for its owner alone.</summary>
internal static class BackupFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes it.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="write">Writes the content; another exit code than 0: there is none.</param>
    /// <param name="cancellation">Leaves nothing.</param>
    public static async Task<int> WriteAsync(string file, Func<Stream, Task<int>> write, CancellationToken cancellation)
    {
        if (Path.Exists(file))
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"{file} is there already.",
                "Give each backup a name of its own, for example with the date."
            );
        }

        var part = $"{file}.{Guid.NewGuid():N}.part";
        try
        {
            int code;
            await using (var output = Create(part))
            {
                code = await write(output);
                await output.FlushAsync(cancellation);
                RandomAccess.FlushToDisk(output.SafeFileHandle);
            }

            if (code != 0)
            {
                File.Delete(part);
                return code;
            }

            File.Move(part, file);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        await Console.Error.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: {new FileInfo(file).Length / 1048576.0:0.0} MiB. It holds the keys and tokens of this server: keep it as safe as those."
            )
        );
        return 0;
    }

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = Private,
                }
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"The backup cannot be written: {exception.Message}",
                "Name a file in a directory that is there and that you may write to."
            );
        }
    }
}
