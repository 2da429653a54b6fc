using System.Globalization;
using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>A file system of a few megabytes that can be filled and emptied. Mounting one takes root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>The file that fills it.</summary>
    public string Ballast => Path.Combine(_path, ".ballast");

    /// <param name="path">Where.</param>
    /// <param name="megabytes">Its size.</param>
    /// <param name="inodes">How many files and directories it takes; <c>null</c>: any number.</param>
    public static async Task<SmallDisk> MountAsync(string path, int megabytes, int? inodes = null)
    {
        Directory.CreateDirectory(path);
        var options = string.Create(
            CultureInfo.InvariantCulture,
            $"size={megabytes}m,mode=0755{(inodes is null ? "" : $",nr_inodes={inodes}")}"
        );
        await ProcessRunner.OutputOfAsync("mount", ["-t", "tmpfs", "-o", options, "canary-test", path]);
        return new SmallDisk(path);
    }

    /// <summary>Shell commands that fill it up to some free bytes, the first time that they run, for a script of the
    /// application.</summary>
    public string FillScript(int leaving) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            mkdir '{Ballast}.once' || exit 0
            free=$(df --output=avail -B1 '{_path}' | tail -1)
            head -c $((free - {leaving})) /dev/zero > '{Ballast}' || true
            """
        );

    /// <summary>Fills it to the last byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full, as it shall be.
        }
    }

    public async Task MakeReadOnlyAsync() => await ProcessRunner.OutputOfAsync("mount", ["-o", "remount,ro", _path]);

    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() => await ProcessRunner.OutputOfAsync("umount", [_path]);
}
