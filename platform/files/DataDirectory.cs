using Canary.Failures;

namespace Canary.Files;

/// <summary>Where services keep their files. Everything in it is private to the user that runs the host.</summary>
public sealed class DataDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Opens the directory; makes it when it does not exist.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="CanaryException">It cannot be made or written to.</exception>
    public DataDirectory(string path)
    {
        Root = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Root, Private);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                FilesCodes.DataDirectoryUnusable,
                $"The data directory {Root} cannot be made: {exception.Message}",
                "Choose another one with --data or CANARY_DATA, or give this user the right to write there.",
                exception
            );
        }
    }

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>The directory of one service or purpose, made with mode 0700 when it does not exist.</summary>
    /// <param name="name">Its name, for example <c>packager</c>.</param>
    public string For(string name) => Directory.CreateDirectory(Path.Combine(Root, name), Private).FullName;

    /// <summary>The default: <c>$CANARY_DATA</c>, else <c>/var/lib/canary</c> for root and
    /// <c>$XDG_DATA_HOME/canary</c> (<c>~/.local/share/canary</c>) for everyone else.</summary>
    public static string DefaultPath()
    {
        if (Environment.GetEnvironmentVariable("CANARY_DATA") is { Length: > 0 } configured)
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
}
