using System.Diagnostics;
using System.Globalization;
using System.Text;
using Canary.CiCoordinator.Builds;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>A secret in a file, and who can see it.</summary>
internal sealed class WatchedSecret : IDisposable
{
    private readonly TempDirectory _directory = new("canary-secret-");

    public WatchedSecret() => File.WriteAllText(Path, Text + "\n");

    public string Text { get; } = $"correct-horse-{Guid.NewGuid():N}";

    public string InBase64 => Convert.ToBase64String(Encoding.UTF8.GetBytes(Text));

    public string Path => _directory.Combine("token");

    public ApplicationBuildOptions For(string application, string repository) =>
        new()
        {
            Name = application,
            Repository = repository,
            Secrets = [new BuildSecretOptions { Name = "NPM_TOKEN", File = Path }],
        };

    /// <summary>Processes that anybody can see it of: in their arguments or their environment.</summary>
    public IReadOnlyList<string> SeenOf() =>
        [
            .. Process
                .GetProcesses()
                .Where(process => Holds(process.Id, "cmdline") || Holds(process.Id, "environ"))
                .Select(process => process.ProcessName),
        ];

    /// <summary>Files that hold it.</summary>
    public static IReadOnlyList<string> FilesWith(string text, string directory) =>
        [
            .. Directory
                .EnumerateFiles(
                    directory,
                    "*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        AttributesToSkip = FileAttributes.ReparsePoint,
                    }
                )
                .Where(file => Holds(file, text)),
        ];

    public void Dispose() => _directory.Dispose();

    private bool Holds(int pid, string file)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}");
        return Holds(path, Text)
            || Holds(path, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Text)))
            || Holds(path, InBase64);
    }

    private static bool Holds(string path, string text)
    {
        try
        {
            return File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
