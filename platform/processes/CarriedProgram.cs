using System.Reflection;

namespace Canary.Processes;

/// <summary>A program of ours that comes along as a part of an assembly, as a file that can be run.</summary>
/// <param name="assembly">Which has it as a resource.</param>
/// <param name="name">Name of the resource, and of the file.</param>
/// <param name="directory">Where the file is put; it is created.</param>
public sealed class CarriedProgram(Assembly assembly, string name, string directory)
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private readonly Lock _gate = new();
    private bool _isWritten;

    /// <summary>Absolute path of the file, which is as new as this process.</summary>
    public string Path
    {
        get
        {
            var path = System.IO.Path.Combine(directory, name);
            lock (_gate)
            {
                if (!_isWritten)
                {
                    Write(path);
                    _isWritten = true;
                }
            }

            return path;
        }
    }

    private void Write(string path)
    {
        using var source =
            assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is no part of {assembly.GetName().Name}.");
        Directory.CreateDirectory(directory);
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        using (var file = File.Create(draft))
        {
            source.CopyTo(file);
        }

        File.SetUnixFileMode(draft, Executable);
        File.Move(draft, path, overwrite: true);
    }
}
