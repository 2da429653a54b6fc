using System.Diagnostics;

namespace Canary.Testing;

/// <summary>A private directory that is removed with all that is in it.</summary>
public sealed class TempDirectory : IDisposable
{
    /// <summary>Makes the directory, readable by its owner only.</summary>
    /// <param name="prefix">Begins its name. Keep it short: sockets have paths of at most 107 bytes.</param>
    public TempDirectory(string prefix = "canary-test-") => Path = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Path of something in the directory; it need not exist.</summary>
    public string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Makes a directory in it and returns its path.</summary>
    public string CreateDirectory(params string[] parts) => Directory.CreateDirectory(Combine(parts)).FullName;

    /// <summary>Writes a file in it, with the directories above, and returns its path.</summary>
    public string WriteFile(string name, string content, bool executable = false)
    {
        var path = Combine(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (executable)
        {
            WriteProgram(path, content);
        }
        else
        {
            File.WriteAllText(path, content);
        }

        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Packages and repositories hold read-only directories and names that are not UTF-8; rm copes with both.
        Run("chmod", "-R", "u+rwX", "--", Path);
        Run("rm", "-rf", "--", Path);
    }

    public override string ToString() => Path;

    // Never open for writing in this process: what another test starts meanwhile would inherit that, and "text file busy" with it.
    private static void WriteProgram(string path, string content)
    {
        var draft = $"{path}.draft";
        File.WriteAllText(draft, content);
        Run("install", "--mode=755", "--", draft, path);
        File.Delete(draft);
    }

    private static void Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start);
        process?.StandardError.ReadToEnd();
        process?.WaitForExit();
    }
}
