using Canary.Failures;

namespace Canary.Files;

/// <summary>Where services keep their files. Everything in it is private to the user that runs the host.</summary>
public sealed class DataDirectory
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "CANARY_DATA";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Opens the directory; makes it when it does not exist.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="CanaryException">It cannot be made or written to.</exception>
    public DataDirectory(string path)
    {
        Root = Make(Path.GetFullPath(path));
    }

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>The directory of one service or purpose, made with mode 0700 when it does not exist.</summary>
    /// <param name="name">Its name, for example <c>packager</c>.</param>
    /// <exception cref="CanaryException">It cannot be made.</exception>
    public string For(string name) => Make(Path.Combine(Root, name));

    /// <summary>The default: <c>$CANARY_DATA</c>, else <c>/var/lib/canary</c> for root and
    /// <c>$XDG_DATA_HOME/canary</c> (<c>~/.local/share/canary</c>) for everyone else.</summary>
    public static string DefaultPath()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } configured)
        {
            return configured;
        }

        return Environment.IsPrivilegedProcess
            ? "/var/lib/canary"
            : Path.Combine(
                Environment.GetFolderPath(
                    Environment.SpecialFolder.LocalApplicationData,
                    Environment.SpecialFolderOption.DoNotVerify
                ),
                "canary"
            );
    }

    private static string Make(string path)
    {
        try
        {
            return Directory.CreateDirectory(path, Private).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFull.From(exception, path, "start again")
                ?? new CanaryException(
                    FilesCodes.DataDirectoryUnusable,
                    $"The data directory {path} cannot be made: {exception.Message}",
                    "Choose another one with --data or CANARY_DATA, or give this user the right to write there.",
                    exception
                );
        }
    }
}
